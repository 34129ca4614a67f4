#if Server
  import Foundation
  import HTTPTypes
  import Serving

  /// Decides who may use the server: those who have its token, and no pages of other sites.
  struct Gate: Sendable {
    /// The subprotocol of streams, and the prefix of the one in which a browser sends the token: it cannot set headers.
    static let streamProtocol = "accelerator.v1"
    private static let tokenProtocol = "bearer."

    private let token: [UInt8]?
    /// The names by which the server may be called; nil for any.
    private let hosts: Set<String>?

    /// - Parameters:
    ///   - token: What clients must know; nil for nothing.
    ///   - address: The address that the server listens to. One that only this machine reaches, without a token, is protected by its name:
    ///     a page of another site could make a name of its own lead to it.
    init(token: String?, address: String? = nil) {
      self.token = token.map { Array($0.utf8) }
      let own: Set = ["localhost", "127.0.0.1", "::1"]
      hosts = token == nil && address.map(own.contains) == true ? own : nil
    }

    /// Checks a request.
    ///
    /// A browser sends where a page comes from; a page of another site must not use a server that only listens to its own machine.
    ///
    /// - Throws: ``ServingError/unauthorized``, ``ServingError/otherSite(_:)``.
    func check(_ head: HTTPRequest) throws(ServingError) {
      try check(head, token: Self.bearer(head.headerFields[.authorization]))
    }

    /// Checks the token of an RPC, as in `Bearer TOKEN`.
    func check(authorization: String?) throws(ServingError) { try check(token: Self.bearer(authorization)) }

    /// Checks a request for a stream, whose token may be a subprotocol.
    func checkStream(_ head: HTTPRequest) throws(ServingError) {
      let offered = head.headerFields[values: .secWebSocketProtocol].flatMap { $0.split(separator: ",") }
        .map { $0.trimmingCharacters(in: .whitespaces) }
      let sent = offered.first { $0.hasPrefix(Self.tokenProtocol) }.map { $0.dropFirst(Self.tokenProtocol.count) }
      try check(head, token: sent.flatMap(Self.decoded) ?? Self.bearer(head.headerFields[.authorization]))
    }

    private func check(_ head: HTTPRequest, token sent: [UInt8]?) throws(ServingError) {
      if let hosts, let host = head.authority, !hosts.contains(Self.name(ofHost: host)) { throw .otherSite(host) }
      if let origin = head.headerFields[.origin], !Self.isOwn(origin, host: head.authority) { throw .otherSite(origin) }
      try check(token: sent)
    }

    private func check(token sent: [UInt8]?) throws(ServingError) {
      guard let token else { return }
      guard let sent, Self.areEqual(sent, token) else { throw .unauthorized }
    }

    private static func isOwn(_ origin: String, host: String?) -> Bool {
      guard let host, let scheme = origin.range(of: "://") else { return false }
      return origin[scheme.upperBound...].lowercased() == host.lowercased()
    }

    /// Returns a host's name without its port: `::1` of `[::1]:8080`.
    private static func name(ofHost host: String) -> String {
      let end = host.hasPrefix("[") ? host.firstIndex(of: "]") : host.lastIndex(of: ":")
      return host[..<(end ?? host.endIndex)].drop { $0 == "[" }.lowercased()
    }

    private static func bearer(_ field: String?) -> [UInt8]? {
      guard let field, field.lowercased().hasPrefix("bearer ") else { return nil }
      return Array(field.dropFirst("bearer ".count).trimmingCharacters(in: .whitespaces).utf8)
    }

    private static func decoded(_ text: Substring) -> [UInt8]? {
      let standard = text.replacing("-", with: "+").replacing("_", with: "/")
      let padding = String(repeating: "=", count: (4 - standard.count % 4) % 4)
      return Data(base64Encoded: standard + padding).map { Array($0) }
    }

    /// Compares in a time that does not tell how much is right.
    private static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
      guard left.count == right.count else { return false }
      return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
  }
#endif
