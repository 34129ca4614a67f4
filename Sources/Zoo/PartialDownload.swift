import Foundation
import Tensors

/// An incomplete download: `NAME.part`, which grows, and `NAME.part.json`, which says what it is a part of.
///
/// It can be resumed only if the server gave a validator (a strong entity tag, or a date): otherwise nothing would show
/// that the rest belongs to the same file (RFC 9110, section 13.1.5).
struct PartialDownload {
  /// The file that the part belongs to.
  struct Whole: Equatable {
    var url: String
    var validator: String
    var size: Int?
  }

  let path: String
  private var wholePath: String { path + ".json" }

  /// Creates a download for `path`.
  init(of path: String) { self.path = path + ".part" }

  /// Returns what an earlier download of `url` left; nil if it cannot be resumed.
  func resumable(from url: String) -> (whole: Whole, size: Int)? {
    // If the state cannot be read, the download starts over without an error.
    guard let whole = try? readWhole(), whole.url == url,
      let size = FileSystem.status(of: path)?.size, size > 0, size <= whole.size ?? .max
    else { return nil }
    return (whole, size)
  }

  /// Opens the file to write to, from the start or after what exists, and records the file that it belongs to.
  func open(startingOver whole: Whole?) throws -> FileHandle {
    try FileSystem.delete(wholePath)
    let file = try Files.open(path, O_WRONLY | O_CREAT | O_TRUNC, action: "write")
    if let whole { try write(whole) }
    return file
  }

  /// Opens the file to write to after what exists.
  func openToGoOn() throws(FileError) -> FileHandle {
    try Files.open(path, O_WRONLY | O_APPEND, action: "write")
  }

  /// Deletes the part.
  func discard() throws(FileError) {
    try FileSystem.delete(wholePath)
    try FileSystem.delete(path)
  }

  /// Gives the complete file its name.
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
