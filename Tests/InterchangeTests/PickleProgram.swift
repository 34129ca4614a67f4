/// Pieces of hand-made pickles.
enum PickleProgram {
  static func string(_ text: String) -> [UInt8] { [0x58] + little(UInt32(text.utf8.count)) + Array(text.utf8) }
  static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
  static func integer(_ value: Int) -> [UInt8] { [0x8A, 8] + little(value) }
  static func tuple(_ items: [[UInt8]]) -> [UInt8] { [0x28] + items.flatMap { $0 } + [0x74] }

  static func storage(type: String = "FloatStorage", key: String = "0", count: Int) -> [UInt8] {
    tuple([string("storage"), global("torch", type), string(key), string("cpu"), integer(count)]) + [0x51]
  }

  static func tensor(storage: [UInt8], offset: Int = 0, shape: [Int], strides: [Int]) -> [UInt8] {
    let arguments = [storage, integer(offset), tuple(shape.map(integer)), tuple(strides.map(integer)), [0x89], [0x4E]]
    return global("torch._utils", "_rebuild_tensor_v2") + tuple(arguments) + [0x52]
  }

  /// `{"w": value}`.
  static func stateDict(_ value: [UInt8]) -> [UInt8] { [0x80, 2, 0x7D] + string("w") + value + [0x73, 0x2E] }
}
