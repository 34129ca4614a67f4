import Tensors

/// Reads the pickle of a PyTorch checkpoint: tensors and plain containers, nothing else, and runs no code.
///
/// A pickle is a program for a stack machine (the opcodes are those of Python's `pickletools`, protocols 2 to 5). This
/// machine knows the opcodes that `torch.save` writes, makes only the objects of ``PickleGlobal``, and has bounds on
/// everything that could grow.
struct Unpickler {
  /// Bytes of a pickle; the largest real ones have a few million.
  static let sizeLimit = 64 << 20
  /// Values on the stack, in the memo, and in the tables of objects.
  static let objectLimit = 1_000_000
  /// Tuples, dictionaries and lists in each other.
  static let markLimit = 1000

  let bytes: [UInt8]
  let path: String
  let start: Int
  var objects = PickledObjects()
  private var position = 0
  private var opcodePosition = 0
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var storageIndices: [String: Int] = [:]

  /// Reads a pickle.
  ///
  /// - Parameters:
  ///   - bytes: the pickle.
  ///   - path: the file that it is from, for errors.
  ///   - start: where in the file it starts, for errors.
  /// - Throws: ``CheckpointError`` for a class or function that is not allowed, `FormatError` for a malformed pickle.
  static func objects(in bytes: [UInt8], path: String, start: Int = 0) throws -> PickledObjects {
    var unpickler = Unpickler(bytes: bytes, path: path, start: start)
    try unpickler.run()
    return unpickler.objects
  }

  private init(bytes: [UInt8], path: String, start: Int) {
    self.bytes = bytes
    self.path = path
    self.start = start
  }

  private mutating func run() throws {
    guard bytes.count <= Self.sizeLimit else { throw error("the pickle has more than \(Self.sizeLimit) bytes") }
    while true {
      opcodePosition = position
      let opcode = try integer(as: UInt8.self)
      if opcode == UInt8(ascii: ".") { break }
      try execute(opcode)
      let tableSize = objects.tuples.count + objects.dictionaries.count + objects.tensors.count
      guard max(stack.count, memo.count, tableSize) <= Self.objectLimit, marks.count <= Self.markLimit else {
        throw error("the pickle holds more than \(Self.objectLimit) objects, or they are nested too deep")
      }
    }
    objects.root = try pop()
  }

  private mutating func execute(_ opcode: UInt8) throws {
    switch opcode {
    case 0x80: try checkProtocol()
    case 0x95: _ = try integer(as: UInt64.self)  // a frame's length; frames only help to read ahead

    case UInt8(ascii: "N"): push(.none)
    case 0x88: push(.bool(true))
    case 0x89: push(.bool(false))
    case UInt8(ascii: "K"): push(.integer(Int(try integer(as: UInt8.self))))
    case UInt8(ascii: "M"): push(.integer(Int(try integer(as: UInt16.self))))
    case UInt8(ascii: "J"): push(.integer(Int(try integer(as: Int32.self))))
    case 0x8A: push(try longInteger(byteCount: Int(try integer(as: UInt8.self))))
    case 0x8B: push(try longInteger(byteCount: try length(as: UInt32.self)))
    case UInt8(ascii: "G"): push(.float(Double(bitPattern: try integer(as: UInt64.self).byteSwapped)))
    case 0x8C: push(.string(try string(byteCount: try length(as: UInt8.self))))
    case UInt8(ascii: "X"): push(.string(try string(byteCount: try length(as: UInt32.self))))
    case 0x8D: push(.string(try string(byteCount: try length(as: UInt64.self))))
    case UInt8(ascii: "C"): push(try skippedBytes(byteCount: try length(as: UInt8.self)))
    case UInt8(ascii: "B"): push(try skippedBytes(byteCount: try length(as: UInt32.self)))
    case 0x8E: push(try skippedBytes(byteCount: try length(as: UInt64.self)))

    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: ")"): push(tuple([]))
    case 0x85: push(tuple(try pop(1)))
    case 0x86: push(tuple(try pop(2)))
    case 0x87: push(tuple(try pop(3)))
    case UInt8(ascii: "t"): push(tuple(try popToMark()))
    case UInt8(ascii: "]"): push(.list)
    case UInt8(ascii: "a"): try extend(.list, by: try pop(1))
    case UInt8(ascii: "e"): try extend(.list, by: try popToMark())
    case 0x8F: push(.set)
    case 0x90: try extend(.set, by: try popToMark())
    case 0x91:
      _ = try popToMark()
      push(.set)
    case UInt8(ascii: "}"): push(dictionary())
    case UInt8(ascii: "s"): try setItems(try pop(2))
    case UInt8(ascii: "u"): try setItems(try popToMark())

    case UInt8(ascii: "q"): memo[Int(try integer(as: UInt8.self))] = try top()
    case UInt8(ascii: "r"): memo[Int(try integer(as: UInt32.self))] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "h"): push(try recalled(Int(try integer(as: UInt8.self))))
    case UInt8(ascii: "j"): push(try recalled(Int(try integer(as: UInt32.self))))
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): push(try top())

    case UInt8(ascii: "c"): push(.global(try global(module: try line(), name: try line())))
    case 0x93: push(.global(try stackGlobal()))
    case UInt8(ascii: "R"), 0x81: push(try call())
    case UInt8(ascii: "b"): try build()
    case UInt8(ascii: "Q"): push(try storage())
    default:
      throw error("the pickle has the opcode 0x\(String(opcode, radix: 16)), which torch.save does not write")
    }
  }
}

// MARK: - Opcodes

extension Unpickler {
  private mutating func checkProtocol() throws(FormatError) {
    let version = try integer(as: UInt8.self)
    guard (2...5).contains(version) else { throw error("the pickle's protocol is \(version); 2 to 5 are known") }
  }

  private mutating func extend(_ container: PickleValue, by items: [PickleValue]) throws(FormatError) {
    guard try top() == container else { throw error("\(try top().kind) in place of \(container.kind)") }
  }

  private mutating func setItems(_ items: [PickleValue]) throws(FormatError) {
    guard case .dictionary(let index) = try top() else { throw error("\(try top().kind) in place of a dict") }
    guard items.count.isMultiple(of: 2) else { throw error("a key without a value") }
    for item in stride(from: 0, to: items.count, by: 2) {
      objects.dictionaries[index].set(items[item], items[item + 1])
    }
  }

  private func recalled(_ index: Int) throws(FormatError) -> PickleValue {
    guard let value = memo[index] else { throw error("the pickle refers to the unknown object \(index)") }
    return value
  }

  private func global(module: String, name: String) throws -> PickleGlobal {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw CheckpointError.forbiddenGlobal(path: path, offset: start + opcodePosition, name: "\(module).\(name)")
    }
    return global
  }

  private mutating func stackGlobal() throws -> PickleGlobal {
    let names = try pop(2)
    guard case .string(let module) = names[0], case .string(let name) = names[1] else {
      throw error("the name of a class must be two strings")
    }
    return try global(module: module, name: name)
  }

  private mutating func call() throws(FormatError) -> PickleValue {
    let operands = try pop(2)
    guard case .global(let function) = operands[0], case .tuple(let arguments) = operands[1] else {
      throw error("\(operands[0].kind) is called with \(operands[1].kind)")
    }
    return try result(of: function, arguments: objects.tuples[arguments])
  }

  /// An ordered dictionary carries `_metadata` as an attribute; no other object may have any.
  private mutating func build() throws(FormatError) {
    guard case .dictionary = try pop(), case .dictionary = try top() else {
      throw error("an object other than an OrderedDict has attributes")
    }
  }

  /// A persistent identifier: `("storage", type, key, device, count)`.
  private mutating func storage() throws(FormatError) -> PickleValue {
    guard case .tuple(let index) = try pop(), objects.tuples[index].count == 5 else {
      throw error("a persistent identifier must be a tuple of five")
    }
    let fields = objects.tuples[index]
    guard fields[0] == .string("storage"), case .global(let type) = fields[1], case .string(let key) = fields[2],
      case .string = fields[3], case .integer(let count) = fields[4], count >= 0
    else { throw error("a persistent identifier must be that of a storage") }
    let elementType: ElementType?
    switch type {
    case .storage(let type): elementType = type
    case .untypedStorage: elementType = nil
    default: throw error("a persistent identifier must name the type of a storage")
    }
    let storage = PickledStorage(key: key, elementType: elementType, count: count)
    if let known = storageIndices[key] {
      guard objects.storages[known] == storage else { throw error("the storage \(key.quoted) has two descriptions") }
      return .storage(known)
    }
    storageIndices[key] = objects.storages.count
    objects.storages.append(storage)
    return .storage(objects.storages.count - 1)
  }
}

// MARK: - The stack

extension Unpickler {
  private mutating func push(_ value: PickleValue) { stack.append(value) }

  private func top() throws(FormatError) -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else { throw error("the pickle's stack is empty") }
    return value
  }

  private mutating func pop() throws(FormatError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func pop(_ count: Int) throws(FormatError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw error("the pickle's stack is empty") }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  private mutating func popToMark() throws(FormatError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw error("the pickle's stack has no mark") }
    let values = Array(stack[mark...])
    stack.removeLast(stack.count - mark)
    return values
  }

  private mutating func tuple(_ values: [PickleValue]) -> PickleValue {
    objects.tuples.append(values)
    return .tuple(objects.tuples.count - 1)
  }

  mutating func dictionary() -> PickleValue {
    objects.dictionaries.append(PickleDictionary())
    return .dictionary(objects.dictionaries.count - 1)
  }

  func error(_ problem: String) -> FormatError {
    FormatError(path: path, offset: start + opcodePosition, problem)
  }
}

// MARK: - Bytes

extension Unpickler {
  private mutating func take(_ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - position else { throw error("the pickle is cut off") }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// The next little-endian integer.
  private mutating func integer<Integer: FixedWidthInteger>(as type: Integer.Type) throws(FormatError) -> Integer {
    var value: Integer = 0
    for byte in try take(Integer.bitWidth / 8).reversed() { value = value << 8 | Integer(truncatingIfNeeded: byte) }
    return value
  }

  private mutating func length<Integer: FixedWidthInteger>(as type: Integer.Type) throws(FormatError) -> Int {
    guard let length = Int(exactly: try integer(as: type)) else { throw error("the pickle is cut off") }
    return length
  }

  private mutating func longInteger(byteCount: Int) throws(FormatError) -> PickleValue {
    let digits = try take(byteCount)
    guard byteCount <= 8 else { return .opaque }
    // Two's complement: the last byte has the sign.
    var value = digits.last.map { Int(Int8(bitPattern: $0)) } ?? 0
    for byte in digits.dropLast().reversed() { value = value << 8 | Int(byte) }
    return .integer(value)
  }

  private mutating func string(byteCount: Int) throws(FormatError) -> String {
    // Python's surrogateescape makes bytes that are no UTF-8; no parameter has such a name.
    String(decoding: try take(byteCount), as: UTF8.self)
  }

  private mutating func skippedBytes(byteCount: Int) throws(FormatError) -> PickleValue {
    _ = try take(byteCount)
    return .opaque
  }

  private mutating func line() throws(FormatError) -> String {
    let limit = 1000
    guard let end = bytes[position...].prefix(limit).firstIndex(of: UInt8(ascii: "\n")) else {
      throw error("the pickle is cut off in the name of a class")
    }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }
}
