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

  /// A window on a storage, as PyTorch before 1.0 describes it.
  static func window(key: String = "0", count: Int, offset: Int, length: Int) -> [UInt8] {
    let window = tuple([string("view"), integer(offset), integer(length)])
    return tuple([
      string("storage"), global("torch", "FloatStorage"), string(key), string("cpu"), integer(count), window,
    ])
      + [0x51]
  }

  /// A file from before PyTorch 1.6 with one storage of floats.
  static func legacyFile(_ pickle: [UInt8], keys: [String] = ["0"], count: Int, storage: [UInt8]) -> [UInt8] {
    let magic: [UInt8] = [
      0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E, 0x80, 2, 0x4D, 0xE9, 3,
      0x2E,
      0x80, 2, 0x7D, 0x2E,
    ]
    let list: [UInt8] = [0x80, 2, 0x5D, 0x28] + keys.flatMap { string($0) } + [0x65, 0x2E]
    return magic + pickle + list + little(Int64(count)) + storage
  }
}
