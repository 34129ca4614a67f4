import Tensors

// The opcodes that do more than push a value.
extension Unpickler {
  mutating func checkProtocol() throws(FormatError) {
    let version = try integer(as: UInt8.self)
    guard (2...5).contains(version) else { throw error("the pickle's protocol is \(version); 2 to 5 are known") }
  }

  mutating func extendList(by items: [PickleValue]) throws(FormatError) {
    switch try top() {
    case .list(let index):
      containedCount += items.count
      objects.lists[index] += items
    case .object: break  // a list of a class of its own
    case let other: throw error("\(other.kind) in place of a list")
    }
  }

  mutating func extendSet(by items: [PickleValue]) throws(FormatError) {
    switch try top() {
    case .set, .object: break
    case let other: throw error("\(other.kind) in place of a set")
    }
  }

  mutating func setItems(_ items: [PickleValue]) throws(FormatError) {
    guard items.count.isMultiple(of: 2) else { throw error("a key without a value") }
    let target: Int
    switch try top() {
    case .dictionary(let index): target = index
    case .object(let object): target = itemsDictionary(of: object)
    case let other: throw error("\(other.kind) in place of a dict")
    }
    containedCount += items.count
    for item in stride(from: 0, to: items.count, by: 2) {
      objects.dictionaries[target].set(items[item], items[item + 1])
    }
  }

  mutating func itemsDictionary(of object: Int) -> Int {
    if let items = objects.objects[object].items { return items }
    objects.dictionaries.append(PickleDictionary())
    objects.objects[object].items = objects.dictionaries.count - 1
    return objects.dictionaries.count - 1
  }

  func recalled(_ index: Int) throws(FormatError) -> PickleValue {
    guard let value = memo[index] else { throw error("the pickle refers to the unknown object \(index)") }
    return value
  }

  mutating func global(module: String, name: String) throws -> PickleValue {
    if let global = PickleGlobal(module: module, name: name) { return .global(global) }
    guard !PickleGlobal.isDangerous(module: module, name: name) else {
      throw CheckpointError.forbiddenGlobal(path: path, offset: start + opcodePosition, name: "\(module).\(name)")
    }
    return .unknownGlobal(index(ofGlobal: "\(module).\(name)"))
  }

  /// Returns the index of an unknown class or function's name.
  mutating func index(ofGlobal name: String) -> Int {
    if let known = globalIndices[name] { return known }
    globalIndices[name] = objects.globalNames.count
    objects.globalNames.append(name)
    return objects.globalNames.count - 1
  }

  mutating func stackGlobal() throws -> PickleValue {
    let names = try pop(2)
    guard case .string(let module) = names[0], case .string(let name) = names[1] else {
      throw error("the name of a class must be two strings")
    }
    return try global(module: module, name: name)
  }

  mutating func call() throws(FormatError) -> PickleValue {
    let operands = try pop(2)
    guard case .tuple(let arguments) = operands[1] else {
      throw error("\(operands[0].kind) is called with \(operands[1].kind)")
    }
    return try result(ofCalling: operands[0], arguments: objects.tuples[arguments])
  }

  mutating func callWithKeywords() throws(FormatError) -> PickleValue {
    let operands = try pop(3)
    guard case .tuple(let arguments) = operands[1], case .dictionary = operands[2] else {
      throw error("\(operands[0].kind) is called with \(operands[1].kind) and \(operands[2].kind)")
    }
    return try result(ofCalling: operands[0], arguments: objects.tuples[arguments])
  }

  /// Reads an instance of one of Python 2's classic classes: the class and its arguments, after a mark.
  mutating func oldInstance() throws(FormatError) -> PickleValue {
    let values = try popToMark()
    guard let type = values.first else { throw error("an instance without a class") }
    return try result(ofCalling: type, arguments: Array(values.dropFirst()))
  }

  /// Reads attributes: those of an unknown object are recorded (a module's parameters are among them), those of a
  /// dictionary (`_metadata`), a list or a tensor are not needed.
  mutating func build() throws(FormatError) {
    let state = try pop()
    switch try top() {
    case .object(let index): objects.objects[index].state = state
    case .dictionary, .list, .set, .opaque, .tensor: break
    case let other: throw error("\(other.kind) has attributes")
    }
  }
}
