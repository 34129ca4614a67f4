import Tensors

/// The classes and functions in a checkpoint of plain tensors, as values: nothing is ever called.
///
/// Others (a configuration's class, for example) are recorded by name and otherwise skipped, and functions that only an
/// attack would name are refused.
enum PickleGlobal: Sendable, Equatable {
  case orderedDictionary
  case counter
  case set
  case bytes
  case size
  case device
  case storage(ElementType)
  case untypedStorage
  /// A storage of elements that no tensor here can have.
  case unsupportedStorage(name: String, byteCount: Int)
  case elementType(ElementType)
  case tensorClass
  case rebuildTensor
  case rebuildTypedTensor
  case rebuildParameter
  case rebuildFromType

  init?(module: String, name: String) {
    if ["torch", "torch.cuda"].contains(module), let storage = Self.storages[name] {
      self = .storage(storage)
    } else if module == "torch", let byteCount = Self.unsupportedStorages[name] {
      self = .unsupportedStorage(name: "\(module).\(name)", byteCount: byteCount)
    } else if module == "torch", let type = ElementType(rawValue: name) {
      // PyTorch's names of element types are the same.
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

  private static let unsupportedStorages = [
    "ComplexFloatStorage": 8, "ComplexDoubleStorage": 16, "QInt8Storage": 1, "QUInt8Storage": 1, "QInt32Storage": 4,
    "QUInt4x2Storage": 1, "QUInt2x4Storage": 1,
  ]

  private static let others: [String: PickleGlobal] = [
    "collections.OrderedDict": .orderedDictionary,
    "collections.Counter": .counter,
    "__builtin__.set": .set, "builtins.set": .set, "__builtin__.frozenset": .set, "builtins.frozenset": .set,
    // How protocol 2 writes bytes.
    "_codecs.encode": .bytes, "__builtin__.bytes": .bytes,
    "torch.Size": .size,
    "torch.device": .device,
    "torch.storage.UntypedStorage": .untypedStorage, "torch.UntypedStorage": .untypedStorage,
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

  /// Returns whether a class or function accesses the machine (files, programs, code), which no weights need.
  static func isDangerous(module: String, name: String) -> Bool {
    if ["builtins", "__builtin__"].contains(module) { return dangerousBuiltins.contains(name) }
    if name.split(separator: ".").contains(where: { $0.hasPrefix("__") }) { return true }
    return dangerousModules.contains(String(module.prefix { $0 != "." })) || (module == "torch" && name == "load")
  }

  private static let dangerousBuiltins: Set = [
    "eval", "exec", "execfile", "compile", "__import__", "open", "file", "input", "raw_input", "getattr", "setattr",
    "delattr", "globals", "locals", "vars", "breakpoint", "apply", "reload", "map", "filter", "reduce",
  ]

  private static let dangerousModules: Set = [
    "os", "posix", "nt", "subprocess", "commands", "popen2", "pty", "sys", "shutil", "runpy", "importlib", "imp",
    "pkgutil", "code", "codeop", "ctypes", "_ctypes", "socket", "webbrowser", "pickle", "_pickle", "cPickle", "marshal",
    "dill", "cloudpickle", "timeit", "pdb", "bdb", "cProfile", "profile", "urllib", "urllib2", "http", "httplib",
    "ftplib", "requests", "smtplib", "pip", "operator", "_operator",
  ]
}
