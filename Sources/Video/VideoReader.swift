import Preprocessing

/// Decodes a video, in a file or in memory: frame by frame, from a point in time, or the frames that clips need.
///
/// Frames are 8-bit RGB as they are shown: rotated as the file says, and all of one size even if the stream changes its
/// own. Memory does not grow with the size of frames and the duration, except for some bytes per frame. Pixels are
/// taken as square.
///
/// **Time** is counted in seconds from the first decoded frame, and continues where the file's own times restart; sound
/// and the stated duration do not matter. The frames are listed without decoding, and the list is checked as they are
/// decoded. If it is wrong, or the file says too little, the file is decoded once more.
///
/// **Colors** are converted as FFmpeg's own command and PyAV do: by the range and the matrix (BT.601, BT.709, BT.2020)
/// that each frame is tagged with. Frames without tags are taken as BT.601 of limited range, whatever their size.
///
/// A damaged file gives every frame that can still be decoded, and ``damage`` says what is wrong. It is used with a
/// warning, and refused only if there is no frame for a request (``VideoError``).
public final class VideoReader: FrameSource {
  private let decoder: FrameDecoder

  /// The properties of the video.
  public var info: VideoInfo { decoder.info }

  /// The times of its frames.
  public var timeline: FrameTimeline { decoder.timeline }

  /// What is wrong with the file, as ``VideoError/damaged(path:seconds:reason:)``: an end before its stated duration,
  /// for example, or the first error in decoding. Nil if there was none so far.
  public var damage: VideoError? { decoder.damage }

  /// The number of frames decoded so far, including those that were not requested.
  public var decodedFrameCount: Int { decoder.decodedFrameCount }

  /// Opens a video file.
  ///
  /// - Parameters:
  ///   - path: The video file; never taken as a network address.
  ///   - size: The size that frames are scaled to while their colors are converted, by the bicubic filter that FFmpeg's own
  ///     command scales with; nil for their own.
  ///   - threads: The number of threads that the decoder may use.
  ///   - interruption: Called repeatedly while the file is read, here and later; an error that it throws ends the call.
  /// - Throws: `FileError` if there is no such readable file; ``VideoError`` if the video cannot be decoded.
  public init(
    path: String, scaledTo size: FrameSize? = nil, threads: Int = 2, interruption: @escaping () throws -> Void = {}
  ) throws {
    decoder = try FrameDecoder(.file(path: path), scaledTo: size, threads: threads, interruption: interruption)
  }

  /// Opens a video file in memory.
  ///
  /// - Parameters:
  ///   - bytes: The whole file, of any container. No other file is read, even if the bytes refer to one.
  ///   - size: The size that frames are scaled to, as of a file at a path; nil for their own.
  ///   - threads: The number of threads that the decoder may use.
  ///   - interruption: Called repeatedly while the bytes are read, here and later; an error that it throws ends the
  ///     call.
  /// - Throws: ``VideoError`` if the video cannot be decoded.
  public init(
    bytes: [UInt8], scaledTo size: FrameSize? = nil, threads: Int = 2, interruption: @escaping () throws -> Void = {}
  ) throws {
    decoder = try FrameDecoder(.memory(bytes), scaledTo: size, threads: threads, interruption: interruption)
  }

  /// Opens a video file that is not complete yet.
  ///
  /// - Parameters:
  ///   - file: The file, which is waited for here and later.
  ///   - size: The size that frames are scaled to, as of a file at a path; nil for their own.
  ///   - threads: The number of threads that the decoder may use.
  ///   - interruption: Called repeatedly while the file is read, here and later; an error that it throws ends the call.
  /// - Throws: ``VideoError`` if the video cannot be decoded; what ends the waiting.
  public init(
    _ file: any ArrivingFile, scaledTo size: FrameSize? = nil, threads: Int = 2,
    interruption: @escaping () throws -> Void = {}
  ) throws {
    decoder = try FrameDecoder(.arriving(file), scaledTo: size, threads: threads, interruption: interruption)
  }

  /// Returns the next frame, or nil at the end.
  ///
  /// - Throws: ``VideoError/noFrames(path:)`` at the end of a stream without a single frame.
  public func nextFrame() throws -> Frame? { try decoder.nextFrame() }

  /// Decodes the whole video, so that ``timeline``, ``info`` and ``damage`` are final, and returns to its beginning.
  public func decodeAll() throws { try decoder.decodeAll() }

  /// Moves to the first frame at or after a time in seconds, which ``nextFrame()`` then returns.
  ///
  /// Decoding starts at the key frame before it, or continues from the current frame if that is nearer; in a file that
  /// cannot be searched it starts over.
  public func seek(to seconds: Double) { decoder.seek(to: seconds) }

  /// Calls `body` with frames by their numbers, ascending, in one pass over the video.
  public func decodeFrames(_ numbers: [Int], _ body: (Int, Frame) throws -> Void) throws {
    try decoder.decodeFrames(numbers, body)
  }
}
