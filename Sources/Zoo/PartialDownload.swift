import Foundation
import Tensors

/// A download on its way: `NAME.part`, which grows, and `NAME.part.json`, which says what it is a part of.
///
/// Only a file whose server gave it a validator (a strong entity tag, or a date) can be resumed: without one, nothing
/// would tell that the rest is of the same file (RFC 9110, section 13.1.5).
struct PartialDownload {
  /// What the part is a part of.
  struct Whole: Equatable {
    var url: String
    var validator: String
    var size: Int?
  }

  let path: String
  private var wholePath: String { path + ".json" }

  /// A download towards `path`.
  init(of path: String) { self.path = path + ".part" }

  /// How far an earlier download of `url` came; nil if there is nothing to go on from.
  func resumable(from url: String) -> (whole: Whole, size: Int)? {
    // A state that cannot be read is worth a fresh start, not an error.
    guard let whole = try? readWhole(), whole.url == url,
      let size = FileSystem.status(of: path)?.size, size > 0, size <= whole.size ?? .max
    else { return nil }
    return (whole, size)
  }

  /// The file to write to, from the start or behind what is there, and what to call it from now on.
  func open(startingOver whole: Whole?) throws -> FileHandle {
    try FileSystem.delete(wholePath)
    let file = try Files.open(path, O_WRONLY | O_CREAT | O_TRUNC, action: "write")
    if let whole { try write(whole) }
    return file
  }

  /// The file to write to, behind what is there.
  func openToGoOn() throws(FileError) -> FileHandle {
    try Files.open(path, O_WRONLY | O_APPEND, action: "write")
  }

  /// Forgets the part.
  func discard() throws(FileError) {
    try FileSystem.delete(wholePath)
    try FileSystem.delete(path)
  }

  /// Gives the part, now whole, its name.
  func finish(as newPath: String) throws(FileError) {
    try Files.move(path, to: newPath)
    try FileSystem.delete(wholePath)
  }

  private func readWhole() throws -> Whole {
    let document = try JSON(contentsOf: wholePath, sizeLimit: 1 << 16).document(path: wholePath)
    return Whole(
      url: try document.required("url").string(), validator: try document.required("validator").string(),
      size: try document.optional("size")?.int())
  }

  private func write(_ whole: Whole) throws {
    let json: JSON = [
      "url": .string(whole.url), "validator": .string(whole.validator),
      "size": whole.size.map { .integer(Int64($0)) } ?? .null,
    ]
    try AtomicFile.write(to: wholePath) { try $0.append(Array(json.text().utf8)) }
  }
}
