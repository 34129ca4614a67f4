import Preprocessing

/// Decodes a video file, on disk or in memory: frame after frame, from a point in time, or the frames that clips need.
///
/// Frames are 8-bit RGB as people see them: turned by the file's rotation, and all of one size even where the stream
/// changes its own. Memory does not grow with the size of frames and the video's length, but for some bytes a frame. Pixels are
/// taken as square.
///
/// **Time** is what decoding from the first frame to the last gives. It is counted in seconds from the first frame, and goes on
/// where the file's own times start anew; sound and what the file states about its length have no part in it. Which frames there
/// are is listed without decoding, and checked as they are decoded. Where the list is wrong, or the file says too little, the
/// file is decoded once more to know.
///
/// **Colours** are converted as FFmpeg's own command and PyAV do it: by the range and the matrix (BT.601, BT.709, BT.2020)
/// that each frame is tagged with. What has no tags is of limited range and BT.601, whatever its size.
///
/// A damaged file gives every frame that can still be decoded, and ``damage`` says what is wrong: a video is used with that as a
/// warning, everywhere, and refused only where what is asked for has no frame (``VideoError``).
public final class VideoReader: FrameSource {
  private let decoder: FrameDecoder

  /// What is known of the video.
  public var info: VideoInfo { decoder.info }

  /// When its frames are shown.
  public var timeline: FrameTimeline { decoder.timeline }

  /// What is wrong with the file, as ``VideoError/damaged(path:seconds:reason:)``: what its packets tell, such as an end before
  /// its stated length, or else the first damage that decoding has met. Nil so far if all was well.
  public var damage: VideoError? { decoder.damage }

  /// How many frames have been decoded so far, those that nobody wanted included.
  public var decodedFrameCount: Int { decoder.decodedFrameCount }

  /// Opens a video file.
  ///
  /// - Parameters:
  ///   - path: a file; never taken for a network address.
  ///   - threads: how many threads the decoder may use.
  ///   - interruption: called again and again while the file is read, here and later: what it throws ends the call.
  /// - Throws: `FileError` if there is no such readable file; ``VideoError`` if it is not a video that can be decoded.
  public init(path: String, threads: Int = 2, interruption: @escaping () throws -> Void = {}) throws {
    decoder = try FrameDecoder(.file(path: path), threads: threads, interruption: interruption)
  }

  /// Opens a video file that is in memory.
  ///
  /// - Parameters:
  ///   - bytes: the whole file, of any container that files have. No other file is read, whatever they say.
  ///   - threads: how many threads the decoder may use.
  ///   - interruption: called again and again while the bytes are read, here and later: what it throws ends the call.
  /// - Throws: ``VideoError`` if it is not a video that can be decoded.
  public init(bytes: [UInt8], threads: Int = 2, interruption: @escaping () throws -> Void = {}) throws {
    decoder = try FrameDecoder(.memory(bytes), threads: threads, interruption: interruption)
  }

  /// The next frame, or nil at the end.
  ///
  /// - Throws: ``VideoError/noFrames(path:)`` at the end of a stream that gave no frame at all.
  public func nextFrame() throws -> Frame? { try decoder.nextFrame() }

  /// Decodes the whole video, so that ``timeline``, ``info`` and ``damage`` are sure, and goes to its beginning.
  public func decodeAll() throws { try decoder.decodeAll() }

  /// Moves to the first frame at or after a time, in seconds: ``nextFrame()`` gives exactly that frame.
  ///
  /// Decoding starts at the key frame before it, or goes on from where it is if that is nearer; in a file that cannot be
  /// searched it starts over.
  public func seek(to seconds: Double) { decoder.seek(to: seconds) }

  /// Gives `body` frames by their numbers, each higher than the one before, in one pass over the video.
  public func decodeFrames(_ numbers: [Int], _ body: (Int, Frame) throws -> Void) throws {
    try decoder.decodeFrames(numbers, body)
  }
}
