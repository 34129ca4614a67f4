import Foundation
import Tensors

/// The record of a downloaded checkpoint.
public struct PullRecord: Sendable, Equatable {
  /// The address that it was downloaded from, without user name and password.
  public let url: String
  /// The SHA-256 of the file, as 64 hexadecimal digits.
  public let sha256: String
  /// The size of the file in bytes.
  public let size: Int
  /// The time at which the download was complete, in ISO 8601.
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
