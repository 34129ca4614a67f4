import Tensors

extension MappedFile {
  /// Returns the bytes of a file, to be sent to other ranks.
  ///
  /// - Throws: `FileError` if it cannot be read.
  package static func contents(ofFile path: String) throws -> [UInt8] {
    let file = try MappedFile(path: path)
    return file.copy(0..<file.count)
  }
}
