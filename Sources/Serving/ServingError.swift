import Foundation
import Tensors
import VideoAccelerator

/// Why a request cannot be served.
public enum ServingError: UserFacingError, Equatable {
  /// A request that is not well-formed, or asks for what does not exist.
  case request(String)
  /// A request without the server's token.
  case unauthorized
  /// A request from a page of another site.
  case otherSite(String)
  /// No such place.
  case notFound(String)
  /// A method that a place does not have.
  case method(String)
  /// A name that no model has.
  case unknownModel(String, known: [String])
  /// A model that is not loaded.
  case notLoaded(String)
  /// A model that cannot do a task.
  case cannot(model: String, task: ServedTask, reason: String)
  /// A file that is not in the folder of the server's videos.
  case noFile(String)
  /// More than a limit allows, such as `the body has over 67108864 bytes`.
  case tooLarge(String)
  /// A body of a type that is not taken.
  case mediaType(String)
  /// A body that came too slowly.
  case tooSlow
  /// A video that cannot be used.
  case video(String)
  /// Work that takes longer than a limit in seconds.
  case takesTooLong(seconds: Double)
  /// No room for another request; to be tried again after a time in seconds.
  case busy(String, seconds: Int)
  /// A server that is about to end.
  case draining

  /// A sentence that says what to do.
  public var description: String {
    switch self {
    case .request(let problem): problem
    case .unauthorized: "this server wants its token, in a header 'Authorization: Bearer TOKEN'"
    case .otherSite(let origin): "\(origin.quoted) is another site than this server"
    case .notFound(let path): "there is nothing at \(path.quoted)"
    case .method(let method): "\(method.printable) is not a method of this place"
    case .unknownModel(let name, let known):
      "there is no model \(name.quoted): this server has \(known.map(\.quoted).joined(separator: ", "))"
    case .notLoaded(let name): "the model \(name.quoted) is not loaded"
    case .cannot(let model, let task, let reason):
      "the model \(model.quoted) cannot be used for \(task.rawValue): \(reason)"
    case .noFile(let path): "there is no file \(path.quoted) among this server's videos"
    case .tooLarge(let problem), .mediaType(let problem), .video(let problem): problem
    case .tooSlow: "the request came too slowly"
    case .takesTooLong(let seconds): "the request takes more than this server's limit of \(seconds) s of computing"
    case .busy(let what, let seconds): "\(what): try again in \(seconds) s"
    case .draining: "this server is about to end: try another one"
    }
  }

  /// Whether the request is at fault.
  public var isBadInput: Bool {
    switch self {
    case .busy, .draining: false
    default: true
    }
  }
}

extension ServingError: LocalizedError {}

/// What a model can be used for.
public enum ServedTask: String, Sendable, CaseIterable {
  /// The classes of a video.
  case classify
  /// The classes of a video over time.
  case timeline
  /// A network's output before its classifier.
  case features
  /// The shots of a video.
  case shots
  /// The classes of frames as they come.
  case streams
}
