import Tensors

/// Why a frame, a recipe or a clip is invalid.
public enum PreprocessingError: UserFacingError, Equatable {
  /// A frame's width, height and byte count do not match.
  case badFrame(width: Int, height: Int, byteCount: Int)
  /// A camera's picture does not have the planes of its format; the sentence says what is wrong.
  case badPicture(String)
  /// A value of a recipe is out of range; the sentence says which.
  case badRecipe(String)
  /// A clip tensor would not fit the memory.
  case clipTooLarge(shape: [Int])
  /// A frame is so long and thin that scaling its shorter side gives an image beyond ``Resampler/maximumSide``.
  case frameTooLong(width: Int, height: Int, shortSide: Int)
  /// Inputs whose recipes differ in more than the number of frames, so that one clip cannot give all of them.
  case severalClips
  /// A clip was requested before every position had a frame.
  case incompleteClip(frames: Int, expected: Int)

  /// A sentence that says what is wrong.
  public var description: String {
    switch self {
    case .badFrame(let width, let height, let byteCount):
      "a frame of \(width)x\(height) pixels cannot have \(byteCount) bytes of RGB"
    case .badPicture(let problem):
      "the picture cannot be read: \(problem)"
    case .badRecipe(let problem):
      "the preprocessing recipe is wrong: \(problem)"
    case .clipTooLarge(let shape):
      "a clip of shape \(shape) is too large"
    case .frameTooLong(let width, let height, let shortSide):
      "a frame of \(width)x\(height) pixels is too long to scale its short side to \(shortSide)"
    case .severalClips:
      "the recipes of the inputs differ in size, normalization or time span, but all inputs are made of one clip"
    case .incompleteClip(let frames, let expected):
      "the clip has \(frames) of its \(expected) frames"
    }
  }
}
