import Tensors

extension Unpickler {
  /// Returns the result of calling a value: an object of an unknown class is recorded by its name. No code is run.
  mutating func result(ofCalling callee: PickleValue, arguments: [PickleValue]) throws(FormatError) -> PickleValue {
    switch callee {
    case .global(let function): return try result(of: function, arguments: arguments)
    case .unknownGlobal(let name):
      // copyreg's functions make an object of the class that is their first argument.
      if case .unknownGlobal(let type)? = arguments.first, objects.globalNames[name].hasPrefix("copy") {
        return object(type)
      }
      return object(name)
    case .object(let function): return object(objects.objects[function].name)
    default: throw error("\(callee.kind) is called")
    }
  }

  /// Returns the result of calling one of the known classes and functions.
  private mutating func result(
    of function: PickleGlobal, arguments: [PickleValue]
  ) throws(FormatError) -> PickleValue {
    switch (function, arguments.first) {
    case (.orderedDictionary, nil), (.counter, nil): return dictionary()
    case (.orderedDictionary, .list(let pairs)?) where arguments.count == 1: return try dictionary(ofPairs: pairs)
    case (.counter, .dictionary?) where arguments.count == 1: return arguments[0]
    case (.set, nil), (.set, .list?), (.set, .tuple?): return .set
    case (.bytes, _), (.device, .string?), (.device, .object?): return .opaque
    case (.size, .tuple?) where arguments.count == 1: return arguments[0]
    case (.rebuildTensor, .storage?), (.rebuildTypedTensor, .storage?):
      return try tensor(arguments, isTyped: function == .rebuildTypedTensor)
    case (.rebuildTensor, .object?), (.rebuildTypedTensor, .object?), (.rebuildParameter, .object?),
      (.rebuildParameter, .tensor?):
      return arguments[0]
    case (.rebuildFromType, .global(let inner)?): return try subclassTensor(rebuiltBy: inner, arguments)
    case (.rebuildFromType, .unknownGlobal(let inner)?): return object(inner)
    // A class that PyTorch knows, without arguments: an empty tensor that only its attributes would fill.
    case (.tensorClass, _): return object(index(ofGlobal: "torch.Tensor"))
    default: throw error("\(arguments.first?.kind ?? "nothing") as the argument of \(function)")
    }
  }

  /// Reads `OrderedDict([[key, value], …])`, as Python 2 writes it.
  private mutating func dictionary(ofPairs list: Int) throws(FormatError) -> PickleValue {
    var dictionary = PickleDictionary()
    for pair in objects.lists[list] {
      let items: [PickleValue]
      switch pair {
      case .list(let index): items = objects.lists[index]
      case .tuple(let index): items = objects.tuples[index]
      default: items = []
      }
      guard items.count == 2 else { throw error("an OrderedDict must be made of pairs") }
      dictionary.set(items[0], items[1])
    }
    objects.dictionaries.append(dictionary)
    return .dictionary(objects.dictionaries.count - 1)
  }

  /// Reads `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks, …)`; version 3 adds the element
  /// type.
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
    switch (objects.storages[storage].kind, isTyped ? arguments[6] : .none) {
    case (.unsupported(let name, _), _): return object(index(ofGlobal: name))
    case (_, .unknownGlobal(let type)): return object(type)
    case (_, .global(.elementType(let type))): elementType = type
    case (.elements(let type), _) where !isTyped: elementType = type
    default: throw error("a tensor must have an element type")
    }
    objects.tensors.append(
      PickledTensor(
        storage: storage, offset: offset, shape: sizes, strides: strides, elementType: elementType))
    return .tensor(objects.tensors.count - 1)
  }

  /// Reads `_rebuild_from_type_v2(function, class, arguments, state)`: a tensor with attributes, which are not needed.
  private mutating func subclassTensor(
    rebuiltBy function: PickleGlobal, _ arguments: [PickleValue]
  ) throws(FormatError) -> PickleValue {
    let isTensorFunction = [.rebuildTensor, .rebuildTypedTensor, .rebuildParameter].contains(function)
    guard isTensorFunction, arguments.count == 4, case .tuple(let inner) = arguments[2] else {
      throw error("a tensor of an unknown class")
    }
    switch arguments[1] {
    // A subclass changes what is done with the elements, not the elements.
    case .global(.tensorClass), .unknownGlobal: return try result(of: function, arguments: objects.tuples[inner])
    default: throw error("a tensor of an unknown class")
    }
  }
}
