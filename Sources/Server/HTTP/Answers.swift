#if Server
  import HTTPTypes
  import Hummingbird
  import NIOCore
  import Serving
  import Tensors

  extension Response {
    /// Creates an answer of JSON.
    init(_ json: JSON, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) {
      var headers = headers
      headers[.contentType] = "application/json"
      self.init(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: json.text())))
    }

    /// Creates an answer of bytes.
    init(bytes: some Sequence<UInt8>, type: String, headers: HTTPFields = [:]) {
      var headers = headers
      headers[.contentType] = type
      self.init(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Creates the answer to a request that failed.
    init(_ error: ServingError) {
      var headers: HTTPFields = [:]
      switch error {
      case .unauthorized: headers[.wwwAuthenticate] = "Bearer"
      case .busy(_, let seconds): headers[.retryAfter] = "\(seconds)"
      case .draining: headers[.retryAfter] = "1"
      default: break
      }
      self.init(["error": .string("\(error)")], status: error.status, headers: headers)
    }
  }

  extension HTTPField.Name {
    static let headerSize = named("Inference-Header-Content-Length")
    static let referrerPolicy = named("Referrer-Policy")

    private static func named(_ name: String) -> Self {
      guard let field = Self(name) else { preconditionFailure("\(name) is no name of a field") }
      return field
    }
  }

  extension ServingError {
    /// The status of an answer.
    var status: HTTPResponse.Status {
      switch self {
      case .request, .cannot: .badRequest
      case .unauthorized: .unauthorized
      case .otherSite: .forbidden
      case .notFound, .unknownModel, .notLoaded, .noFile: .notFound
      case .method: .methodNotAllowed
      case .tooLarge: .contentTooLarge
      case .mediaType: .unsupportedMediaType
      case .tooSlow: .requestTimeout
      case .video, .takesTooLong: .unprocessableContent
      case .busy: .tooManyRequests
      case .draining: .serviceUnavailable
      }
    }
  }
#endif
