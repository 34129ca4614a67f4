import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// What the header of a server's response means for a download.
enum Answer: Equatable {
  /// The file from its start; the download can be resumed later if there is a validator.
  case whole(size: Int?, validator: String?)
  /// The file from the requested byte.
  case rest(size: Int?)
  /// The existing part does not belong to the server's file.
  case startOver

  /// Reads a response to a request for the file, or for the rest of it.
  ///
  /// - Throws: ``ZooError/refused(url:status:)``, ``ZooError/badAnswer(url:problem:)``.
  init(_ response: HTTPURLResponse, url: String, resuming: (whole: PartialDownload.Whole, size: Int)?) throws(ZooError)
  {
    func header(_ name: String) -> String? { response.value(forHTTPHeaderField: name) }
    if response.statusCode == 416, resuming != nil {
      self = .startOver
      return
    }
    guard [200, 206].contains(response.statusCode) else { throw .refused(url: url, status: response.statusCode) }
    if let encoding = header("Content-Encoding"), encoding.lowercased() != "identity" {
      throw .badAnswer(url: url, problem: "the server sent it encoded as \(encoding), which was not asked for")
    }
    if header("Content-Type")?.lowercased().hasPrefix("text/html") == true {
      throw .badAnswer(url: url, problem: "the server, or a login page before it, sent a web page")
    }
    if response.statusCode == 200 {
      self = .whole(size: header("Content-Length").flatMap { Int($0) }, validator: Self.validator(header))
      return
    }
    guard let resuming, let range = header("Content-Range").flatMap({ ContentRange($0) }),
      range.first == resuming.size,
      range.size == nil || resuming.whole.size == nil || range.size == resuming.whole.size,
      header("ETag") == nil || !resuming.whole.validator.hasPrefix("\"") || header("ETag") == resuming.whole.validator
    else {
      throw .badAnswer(
        url: url, problem: "the server sent another part than was asked for (\(header("Content-Range") ?? "unnamed"))")
    }
    self = .rest(size: range.size ?? resuming.whole.size)
  }

  /// Returns the identifier of this version of the file: a strong entity tag or, failing that, a date.
  private static func validator(_ header: (String) -> String?) -> String? {
    if let tag = header("ETag"), tag.hasPrefix("\"") { return tag }
    return header("Last-Modified")
  }
}

/// `bytes 200-999/1000`, as in RFC 9110, section 14.4.
struct ContentRange: Equatable {
  let first: Int
  /// The size of the whole file; nil if the server does not know it.
  let size: Int?

  init?(_ text: String) {
    guard let match = text.wholeMatch(of: /bytes (\d+)-(\d+)\/(\d+|\*)/), let first = Int(match.1),
      let last = Int(match.2), first <= last
    else { return nil }
    self.first = first
    size = Int(match.3)
    // Digits that do not fit an `Int` are not a valid size, nor is a part beyond the end.
    guard match.3 == "*" || last < size ?? 0 else { return nil }
  }
}
