import Streams
import Tensors

/// What a client says first on a stream's connection.
public struct StreamStart: Sendable, Equatable {
  /// What binary messages are.
  public enum Format: Sendable, Equatable {
    /// A timestamp, then pixels of three or four bytes.
    case pixels(bytes: Int, width: Int, height: Int)
    /// A timestamp, then a JPEG file.
    case jpeg
    /// The bytes of a container.
    case video
  }

  /// What binary messages are.
  public let format: Format
  /// How the model runs.
  public let method: StreamMethod
  /// The number of classes of a prediction.
  public let top: Int

  /// The largest side of a frame in pixels.
  static let largestSide = 8192

  /// Parses the message `{"type": "start", …}`.
  ///
  /// - Throws: ``ServingError/request(_:)``, `FormatError`.
  public init(_ message: JSONField) throws {
    guard try message.required("type").string() == "start" else {
      throw ServingError.request("the first message is {\"type\": \"start\", …}")
    }
    let name = try message.required("format").string()
    switch name {
    case "rgb24", "rgba":
      let (width, height) = (try message.required("width").int(), try message.required("height").int())
      guard (1...Self.largestSide).contains(width), (1...Self.largestSide).contains(height) else {
        throw ServingError.request("a frame has 1x1 to \(Self.largestSide)x\(Self.largestSide) pixels")
      }
      format = .pixels(bytes: name == "rgba" ? 4 : 3, width: width, height: height)
    case "jpeg": format = .jpeg
    case "video": format = .video
    default: throw ServingError.request("the format is rgb24, rgba, jpeg or video, not \(name.quoted)")
    }
    let method = try message.optional("method")?.string() ?? StreamMethod.automatic.rawValue
    guard let known = StreamMethod(rawValue: method) else {
      let all = StreamMethod.allCases.map(\.rawValue).joined(separator: ", ")
      throw ServingError.request("the method is one of \(all), not \(method.quoted)")
    }
    self.method = known
    top = try message.optional("top")?.int() ?? 5
    guard (1...1000).contains(top) else { throw ServingError.request("top is 1 to 1000") }
  }
}
