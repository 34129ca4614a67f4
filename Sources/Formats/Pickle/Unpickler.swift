import Tensors

/// Reads the pickle of a PyTorch checkpoint, which may contain tensors and plain containers, and runs no code.
///
/// A pickle is a program for a stack machine (the opcodes are those of Python's `pickletools`, protocols 2 to 5). This
/// machine supports the opcodes that `torch.save` writes, also under Python 2, makes only the objects of
/// ``PickleGlobal``, records each other object with its name and contents, and limits everything that could grow.
struct Unpickler {
  /// The largest size of a pickle in bytes; the largest real ones have a few million.
  static let sizeLimit = 64 << 20
  /// The largest number of values on the stack, in the memo, and in the tables of objects.
  static let objectLimit = 1_000_000
  /// The largest number of values in all tuples, lists and dictionaries together.
  static let containedLimit = 8_000_000
  /// The largest nesting depth of tuples, dictionaries and lists.
  static let markLimit = 1000

  let bytes: [UInt8]
  let path: String
  let start: Int
  var objects = PickledObjects()
  var position = 0
  var opcodePosition = 0
  var stack: [PickleValue] = []
  var marks: [Int] = []
  var memo: [Int: PickleValue] = [:]
  var storageIndices: [String: Int] = [:]
  var globalIndices: [String: Int] = [:]
  var containedCount = 0

  /// Reads a pickle.
  ///
  /// - Parameters:
  ///   - bytes: The pickle.
  ///   - path: The file of the pickle, for errors.
  ///   - start: The offset of the pickle in the file, for errors.
  /// - Throws: ``CheckpointError`` for a function that only an attack would name, `FormatError` for a malformed pickle.
  static func objects(in bytes: [UInt8], path: String, start: Int = 0) throws -> PickledObjects {
    var position = 0
    return try objects(in: bytes, at: &position, path: path, start: start)
  }

  /// Reads the pickle at `position` of some bytes, and moves `position` to its end; throws what the other throws.
  static func objects(
    in bytes: [UInt8], at position: inout Int, path: String, start: Int = 0
  ) throws -> PickledObjects {
    var unpickler = Unpickler(bytes: bytes, path: path, start: start)
    unpickler.position = position
    try unpickler.run()
    position = unpickler.position
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
      let tableSize =
        objects.lists.count + objects.tuples.count + objects.dictionaries.count + objects.tensors.count
        + objects.storages.count + objects.objects.count
      guard max(stack.count, memo.count, tableSize) <= Self.objectLimit, containedCount <= Self.containedLimit,
        marks.count <= Self.markLimit
      else {
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
    // What Python 2 writes for a str, whether text or bytes.
    case UInt8(ascii: "U"): push(.string(try string(byteCount: try length(as: UInt8.self))))
    case UInt8(ascii: "T"): push(.string(try string(byteCount: try length(as: UInt32.self))))
    case UInt8(ascii: "C"): push(try skippedBytes(byteCount: try length(as: UInt8.self)))
    case UInt8(ascii: "B"): push(try skippedBytes(byteCount: try length(as: UInt32.self)))
    case 0x8E, 0x96: push(try skippedBytes(byteCount: try length(as: UInt64.self)))

    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: ")"): push(tuple([]))
    case 0x85: push(tuple(try pop(1)))
    case 0x86: push(tuple(try pop(2)))
    case 0x87: push(tuple(try pop(3)))
    case UInt8(ascii: "t"): push(tuple(try popToMark()))
    case UInt8(ascii: "]"): push(list())
    case UInt8(ascii: "a"): try extendList(by: try pop(1))
    case UInt8(ascii: "e"): try extendList(by: try popToMark())
    case 0x8F: push(.set)
    case 0x90: try extendSet(by: try popToMark())
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

    case UInt8(ascii: "c"): push(try global(module: try line(), name: try line()))
    case 0x93: push(try stackGlobal())
    case UInt8(ascii: "R"), 0x81: push(try call())
    case 0x92: push(try callWithKeywords())
    case UInt8(ascii: "o"): push(try oldInstance())
    case UInt8(ascii: "b"): try build()
    case UInt8(ascii: "Q"): push(try persistentObject(try pop()))
    default:
      throw error("the pickle has the opcode 0x\(String(opcode, radix: 16)), which torch.save does not write")
    }
  }
}
