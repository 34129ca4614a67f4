/// The address of a stream in a network.
struct NetworkAddress: Sendable, Hashable {
  /// The URL, which may have a password in it.
  let url: String
  /// The URL without user, password and query, for messages.
  let name: String
  /// The protocols that the stream may use, separated by commas.
  let protocols: String

  /// Returns nil unless `url` begins with the name of a protocol of streams and `://`.
  init?(_ url: String) {
    guard let scheme = Self.scheme(of: url), let protocols = Self.protocols[scheme] else { return nil }
    self.url = url
    self.protocols = protocols
    name = Self.nameWithoutSecrets(url)
  }

  /// The protocols that a stream of each protocol is made of. No local files are among them.
  private static let protocols: [String: String] = [
    "http": "http,https,httpproxy,tls,tcp,crypto", "https": "http,https,httpproxy,tls,tcp,crypto",
    "rtsp": "rtp,srtp,udp,tcp", "rtsps": "rtp,srtp,udp,tls,tcp",
    "rtmp": "rtmp,tcp", "rtmps": "rtmps,tls,tcp", "rtmpt": "rtmpt,ffrtmphttp,http,tcp",
    "rtmpts": "rtmpts,ffrtmphttp,https,tls,tcp",
    "udp": "udp", "rtp": "rtp,udp", "srtp": "srtp,rtp,udp", "tcp": "tcp", "tls": "tls,tcp", "srt": "srt",
    "rist": "rist", "mmsh": "mmsh,http,tcp", "mmst": "mmst,tcp",
  ]

  /// The protocols of streams, in order.
  static var schemes: [String] { protocols.keys.sorted() }

  /// Returns what comes before `://`, in lower case; nil if that is no name of a protocol.
  static func scheme(of url: String) -> String? {
    guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://"), colon > url.startIndex,
      url[..<colon].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) })
    else { return nil }
    return url[..<colon].lowercased()
  }

  private static func nameWithoutSecrets(_ url: String) -> String {
    guard let start = url.range(of: "://")?.upperBound else { return url }
    // Keys and passwords come in queries, too.
    let rest = url[start...].prefix { $0 != "?" && $0 != "#" }
    var authority = rest.prefix { $0 != "/" }
    let port = authority.lastIndex(of: ":").map { authority[authority.index(after: $0)...] } ?? ""
    // A password with a slash in it, which should have been escaped.
    if !authority.contains("@"), !port.allSatisfy(\.isNumber), !authority.hasSuffix("]") { authority = rest }
    let hidden = authority.lastIndex(of: "@").map { rest.index(after: $0) } ?? rest.startIndex
    return String(url[..<start] + rest[hidden...])
  }
}
