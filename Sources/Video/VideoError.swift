import Tensors

/// Why a video cannot be read or written; file-system errors are `FileError`s.
public enum VideoError: UserFacingError, Equatable {
  /// The file is not in a container format that FFmpeg supports, or its header is damaged or cut off.
  case notAVideo(path: String, reason: String)
  /// The file is readable, but contains no video (only audio, for example).
  case noVideoStream(path: String)
  /// The installed FFmpeg has no decoder for the video's codec.
  case unsupportedCodec(path: String, codec: String)
  /// A side is zero or larger than is supported.
  case unsupportedSize(path: String, width: Int, height: Int)
  /// The stream has no frame that can be decoded.
  case noFrames(path: String)
  /// The file is damaged or cut off at a time in seconds; frames before it are good.
  case damaged(path: String, seconds: Double, reason: String)
  /// The package was built without FFmpeg, on a platform without it or with the trait `FFmpeg` off.
  case builtWithoutFFmpeg(path: String)
  /// A video cannot be written with these settings.
  case cannotEncode(path: String, reason: String)
  /// Raw video whose description or bytes are invalid.
  case badRawVideo(reason: String)
  /// Frames in memory that make no video.
  case badFrames(reason: String)
  /// A text that names no source of a live video.
  case notASource(name: String, reason: String)
  /// A stream or camera that cannot be opened.
  case unreachable(name: String, reason: String)
  /// A stream or camera that was lost, and could not be opened again.
  case lost(name: String, reason: String)
  /// FFmpeg could not allocate memory.
  case outOfMemory(path: String)

  /// A sentence that says what is wrong with which file.
  public var description: String {
    switch self {
    case .notAVideo(let path, let reason):
      "\(path.printable) is not a readable video: \(reason)"
    case .noVideoStream(let path):
      "\(path.printable) has no video stream"
    case .unsupportedCodec(let path, let codec):
      "\(path.printable) cannot be decoded: this machine's FFmpeg has no decoder for \(codec)"
    case .unsupportedSize(let path, let width, let height):
      "\(path.printable) has frames of \(width)x\(height) pixels, which is not supported"
    case .noFrames(let path):
      "\(path.printable) has no frame that can be decoded"
    case .damaged(let path, let seconds, let reason):
      "\(path.printable) is damaged or cut off at \(milliseconds(seconds)) s: \(reason)"
    case .builtWithoutFFmpeg(let path):
      "\(path.printable) cannot be read or written as video: this build has no FFmpeg"
    case .cannotEncode(let path, let reason):
      "\(path.printable) cannot be encoded: \(reason)"
    case .badRawVideo(let reason):
      "raw video cannot be read: \(reason)"
    case .badFrames(let reason):
      "the frames make no video: \(reason)"
    case .notASource(let name, let reason):
      "\(name.printable) cannot be read: \(reason)"
    case .unreachable(let name, let reason):
      "\(name.printable) cannot be opened: \(reason)"
    case .lost(let name, let reason):
      "\(name.printable) was lost: \(reason)"
    case .outOfMemory(let path):
      "\(path.printable) needs more memory than there is"
    }
  }

  /// Whether the file is at fault, and not the build or the machine.
  public var isBadInput: Bool {
    switch self {
    case .builtWithoutFFmpeg, .cannotEncode, .outOfMemory, .unreachable, .lost: false
    default: true
    }
  }
}

/// Returns seconds with three decimals.
private func milliseconds(_ seconds: Double) -> String {
  guard seconds.isFinite, abs(seconds) < 1e12 else { return "\(seconds)" }
  return "\((seconds * 1000).rounded() / 1000)"
}
