#if Server
  import Foundation
  import HTTPTypes
  import Hummingbird
  import Serving
  import Tensors

  /// What is at a path: a handler for each method.
  struct Route: Sendable {
    typealias Handler = @Sendable (Request, ServerContext) async throws -> Response

    let path: String
    /// Whether it wants the server's token.
    let isOpen: Bool
    let handlers: [(method: HTTPRequest.Method, handler: Handler)]

    /// Creates a route.
    init(_ path: String, isOpen: Bool = false, get: Handler? = nil, post: Handler? = nil) {
      (self.path, self.isOpen) = (path, isOpen)
      handlers = [(.get, get), (.post, post)].compactMap { method, handler in handler.map { (method, $0) } }
    }
  }

  extension Router where Context == ServerContext {
    /// Adds routes; other methods of a path are answered with those that it has.
    func add(_ routes: [Route], gate: Gate) {
      let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .delete, .patch, .options, .trace, .connect]
      for route in routes {
        var known = route.handlers
        // The answer to HEAD is that to GET without its body.
        if let get = known.first(where: { $0.method == .get }) {
          known.append((.head, { try await get.handler($0, $1).createHeadResponse() }))
        }
        for method in methods {
          let handler = known.first { $0.method == method }?.handler
          on(RouterPath(route.path), method: method) { request, context in
            guard let handler else { return route.refusal(of: method) }
            if !route.isOpen { try gate.check(request.head) }
            return try await handler(request, context)
          }
        }
      }
    }
  }

  extension Route {
    /// The methods that it has.
    var allowed: String {
      let methods = handlers.map(\.method.rawValue)
      return (methods + (methods.contains("GET") ? ["HEAD"] : [])).sorted().joined(separator: ", ")
    }

    /// Whether a request's path is this one.
    func matches(_ other: String) -> Bool {
      let (own, other) = (path.split(separator: "/"), other.split(separator: "/"))
      return own.count == other.count && zip(own, other).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
    }

    /// The answer to a method that it does not have.
    func refusal(of method: HTTPRequest.Method) -> Response {
      var answer = Response(ServingError.method(method.rawValue))
      answer.headers[.allow] = allowed
      return answer
    }
  }

  extension ServerContext {
    /// Returns a part of the path, without its percent encoding.
    func part(_ name: String) throws -> String {
      let encoded = try parameters.require(name)
      guard let text = encoded.removingPercentEncoding else {
        throw ServingError.request("the path is not encoded as it should be")
      }
      return text
    }
  }

  extension Request {
    /// The parameters of the query, in order.
    ///
    /// - Throws: ``ServingError/request(_:)`` if one is not encoded as it should be, or given twice.
    func parameters() throws(ServingError) -> [(name: String, value: String)] {
      var parameters: [(name: String, value: String)] = []
      for field in (uri.query ?? "").split(separator: "&") {
        let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let texts = parts.map { $0.replacing("+", with: " ").removingPercentEncoding }
        guard let name = texts[0], let value = texts.count > 1 ? texts[1] : "" else {
          throw .request("the query is not encoded as it should be")
        }
        guard !parameters.contains(where: { $0.name == name }) else {
          throw .request("the parameter \(name.quoted) is given twice")
        }
        parameters.append((name, value))
      }
      return parameters
    }
  }
#endif
