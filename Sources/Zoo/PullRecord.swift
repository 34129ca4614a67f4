import Foundation
import Tensors

/// What is kept beside a downloaded checkpoint: where it came from, and what it was.
public struct PullRecord: Sendable, Equatable {
  /// Where it was downloaded from, without a user's name and password.
  public let url: String
  /// SHA-256 of the file, as 64 hexadecimal digits.
  public let sha256: String
  /// Size of the file, in bytes.
  public let size: Int
  /// When the download was complete, in ISO 8601.
  public let date: String

  init(url: String, sha256: String, size: Int, date: Date) {
    self.url = url
    self.sha256 = sha256
    self.size = size
    self.date = date.formatted(.iso8601)
  }

  init(contentsOf path: String) throws {
    let document = try JSON(contentsOf: path, sizeLimit: 1 << 16).document(path: path)
    url = try document.required("url").string()
    sha256 = try document.required("sha256").string()
    size = try document.required("size").int()
    date = try document.required("date").string()
  }

  func write(to path: String) throws {
    let json: JSON = [
      "url": .string(url), "sha256": .string(sha256), "size": .integer(Int64(size)), "date": .string(date),
    ]
    try AtomicFile.write(to: path) { try $0.append(Array("\(json.text(pretty: true))\n".utf8)) }
  }
}
