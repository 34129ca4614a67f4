import Tensors

/// The classes and functions that a checkpoint of plain tensors names. There are no others: what is not in this list is
/// refused, and nothing in it runs code.
enum PickleGlobal: Sendable, Equatable {
  case orderedDictionary
  case counter
  case set
  case bytes
  case size
  case device
  case storage(ElementType)
  case untypedStorage
  case elementType(ElementType)
  case tensorClass
  case rebuildTensor
  case rebuildTypedTensor
  case rebuildParameter
  case rebuildFromType

  init?(module: String, name: String) {
    if module == "torch", let storage = Self.storages[name] {
      self = .storage(storage)
    } else if module == "torch", let type = ElementType(rawValue: name) {
      // PyTorch's names of element types are ours.
      self = .elementType(type)
    } else if let global = Self.others["\(module).\(name)"] {
      self = global
    } else {
      return nil
    }
  }

  private static let storages: [String: ElementType] = [
    "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
    "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8,
    "ByteStorage": .uint8, "BoolStorage": .bool,
  ]

  private static let others: [String: PickleGlobal] = [
    "collections.OrderedDict": .orderedDictionary,
    "collections.Counter": .counter,
    "__builtin__.set": .set, "builtins.set": .set, "__builtin__.frozenset": .set, "builtins.frozenset": .set,
    // How protocol 2 writes bytes.
    "_codecs.encode": .bytes, "__builtin__.bytes": .bytes,
    "torch.Size": .size,
    "torch.device": .device,
    "torch.storage.UntypedStorage": .untypedStorage,
    "torch.Tensor": .tensorClass,
    "torch.nn.parameter.Parameter": .tensorClass,
    "torch.nn.parameter.Buffer": .tensorClass,
    "torch._utils._rebuild_tensor": .rebuildTensor,
    "torch._utils._rebuild_tensor_v2": .rebuildTensor,
    "torch._utils._rebuild_tensor_v3": .rebuildTypedTensor,
    "torch._utils._rebuild_parameter": .rebuildParameter,
    "torch._utils._rebuild_parameter_with_state": .rebuildParameter,
    "torch._tensor._rebuild_from_type_v2": .rebuildFromType,
  ]
}
