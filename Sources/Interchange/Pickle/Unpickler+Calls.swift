import Tensors

extension Unpickler {
  /// What calling one of the allowed classes and functions makes. None of them runs code or copies its arguments.
  mutating func result(of function: PickleGlobal, arguments: [PickleValue]) throws(FormatError) -> PickleValue {
    switch (function, arguments.first) {
    case (.orderedDictionary, nil), (.counter, nil): return dictionary()
    case (.counter, .dictionary?) where arguments.count == 1: return arguments[0]
    case (.set, nil), (.set, .list?): return .set
    case (.bytes, nil), (.bytes, .string?), (.device, .string?): return .opaque
    case (.size, .tuple?) where arguments.count == 1: return arguments[0]
    case (.rebuildTensor, .storage?), (.rebuildTypedTensor, .storage?):
      return try tensor(arguments, isTyped: function == .rebuildTypedTensor)
    case (.rebuildParameter, .tensor?): return arguments[0]
    case (.rebuildFromType, .global(let inner)?): return try subclassTensor(rebuiltBy: inner, arguments)
    default: throw error("\(arguments.first?.kind ?? "nothing") as the argument of \(function)")
    }
  }

  /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks, …)`; version 3 adds the element type.
  private mutating func tensor(_ arguments: [PickleValue], isTyped: Bool) throws(FormatError) -> PickleValue {
    guard arguments.count >= (isTyped ? 7 : 4), case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1], case .tuple(let sizes) = arguments[2],
      case .tuple(let strides) = arguments[3]
    else { throw error("a tensor must have a storage, an offset, a size and strides") }
    for lengths in [sizes, strides] {
      guard objects.tuples[lengths].count <= TensorLayout.rankLimit, objects.integers(ofTuple: lengths) != nil else {
        throw error("a tensor's size and strides must be at most \(TensorLayout.rankLimit) integers")
      }
    }
    let elementType: ElementType
    if isTyped, case .global(.elementType(let type)) = arguments[6] {
      elementType = type
    } else if !isTyped, let type = objects.storages[storage].elementType {
      elementType = type
    } else {
      throw error("a tensor must have an element type")
    }
    objects.tensors.append(
      PickledTensor(
        storage: storage, offset: offset, shape: sizes, strides: strides, elementType: elementType))
    return .tensor(objects.tensors.count - 1)
  }

  /// `_rebuild_from_type_v2(function, class, arguments, state)`: a tensor with attributes, which are not needed.
  private mutating func subclassTensor(
    rebuiltBy function: PickleGlobal, _ arguments: [PickleValue]
  ) throws(FormatError) -> PickleValue {
    let isTensorFunction = [.rebuildTensor, .rebuildTypedTensor, .rebuildParameter].contains(function)
    guard isTensorFunction, arguments.count == 4, arguments[1] == .global(.tensorClass),
      case .tuple(let inner) = arguments[2]
    else { throw error("a tensor of an unknown class") }
    return try result(of: function, arguments: objects.tuples[inner])
  }
}
