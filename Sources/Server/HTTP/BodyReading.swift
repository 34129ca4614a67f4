#if Server
  import Foundation
  import Hummingbird
  import NIOCore
  import Serving
  import Tensors

  /// The bytes of a request in memory, which all requests share.
  final class MemoryBody: Sendable {
    let bytes: [UInt8]
    private let budget: ByteBudget

    fileprivate init(_ bytes: [UInt8], _ budget: ByteBudget) { (self.bytes, self.budget) = (bytes, budget) }

    deinit { budget.give(bytes.count) }
  }

  extension Request {
    /// The size that the client announced.
    var announcedSize: Int? { headers[.contentLength].flatMap { Int($0) } }

    /// The type of the body, in lower case and without parameters; empty if it is not told.
    var mediaType: String {
      let field = headers[.contentType] ?? ""
      return field.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
    }

    /// Refuses bodies that are compressed: what they grow to is not known before.
    func requirePlainBody() throws(ServingError) {
      if let encoding = headers[.contentEncoding], encoding.lowercased() != "identity" {
        throw .mediaType("the body's encoding is \(encoding.quoted): send it as it is")
      }
    }

    /// Reads the body into memory.
    ///
    /// - Throws: ``ServingError/tooLarge(_:)``, ``ServingError/busy(_:seconds:)``.
    func wholeBody(limit: Int, budget: ByteBudget) async throws -> MemoryBody {
      try requirePlainBody()
      let tooLarge = ServingError.tooLarge("the body has over \(limit) bytes, which is this server's limit")
      guard announcedSize ?? 0 <= limit else { throw tooLarge }
      var bytes: [UInt8] = []
      do {
        for try await buffer in body {
          guard buffer.readableBytes <= limit - bytes.count else { throw tooLarge }
          try budget.take(buffer.readableBytes)
          bytes.append(contentsOf: buffer.readableBytesView)
        }
      } catch {
        budget.give(bytes.count)
        throw error
      }
      return MemoryBody(bytes, budget)
    }
  }
#endif
