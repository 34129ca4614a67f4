import Tensors

/// Why a stream of frames cannot be classified.
public enum StreamError: UserFacingError, Equatable {
  /// An option out of range; the sentence says which.
  case option(String)
  /// A frame whose time is NaN or infinite.
  case timestamp
  /// A saved state that is damaged, or that another model has saved; the sentence says what does not fit.
  case state(String)

  /// A sentence that says what is wrong.
  public var description: String {
    switch self {
    case .option(let problem): "the stream cannot be classified: \(problem)"
    case .timestamp: "a frame's timestamp is NaN or infinite"
    case .state(let problem): "the saved state cannot be restored: \(problem)"
    }
  }
}
