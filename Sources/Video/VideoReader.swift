import Preprocessing
import Tensors

/// Decodes a video file: frame after frame, from a point in time, or the frames that a clip needs.
///
/// Frames are 8-bit RGB as people see them: turned by the file's rotation, and all of one size even where the stream
/// changes its own. Times are seconds from the start of the video stream. Memory does not grow with the video's length.
/// Pixels are taken as square. Colours are converted as PyTorchVideo's decoder (PyAV) does it, so that models see what they were trained on.
///
/// A damaged file gives every frame that can still be decoded, and ``damage`` says what was wrong.
public final class VideoReader {
  /// What the file says about its video.
  public let info: VideoInfo
  private let decoder: FrameDecoder

  /// The first damage that reading has met, as ``VideoError/damaged(path:seconds:reason:)``; nil so far if all was well.
  public var damage: VideoError? { decoder.damage }

  /// Opens a video.
  ///
  /// - Parameters:
  ///   - path: a file; never taken for a network address.
  ///   - threads: how many threads the decoder may use.
  /// - Throws: `FileError` if there is no such readable file; ``VideoError`` if it is not a video that can be decoded.
  public init(path: String, threads: Int = 2) throws {
    decoder = try FrameDecoder(path: path, threads: threads)
    info = decoder.info
  }

  /// The next frame, or nil at the end.
  ///
  /// - Throws: ``VideoError/noFrames(path:)`` at the end of a stream that gave no frame at all.
  public func nextFrame() throws -> Frame? { try decoder.nextFrame() }

  /// Moves to the first frame at or after a time, in seconds: ``nextFrame()`` gives exactly that frame.
  ///
  /// Decoding starts at the key frame before it, or goes on from where it is if that is nearer; in a file that cannot be
  /// searched it starts over.
  ///
  /// - Throws: ``VideoError`` if the file can no longer be opened.
  public func seek(to seconds: Double) throws { try decoder.seek(to: seconds) }

  /// Gives `body` the `count` frames spread evenly over the frames of `start ..< start + duration` seconds, in order.
  ///
  /// Which they are is PyTorchVideo's choice (``TemporalSubsample``). That takes the number of frames in the span, which
  /// only decoding tells for certain: it is first counted by reading packets without decoding them; if decoding then
  /// gives another number (a damaged file), the span is decoded once more with the right one, and `body` gets frames for
  /// all places again. So the choice is exact, and no more than one frame is held.
  ///
  /// A span without frames (a slide show, or a time past the end) gives the picture on screen at its start.
  ///
  /// - Parameters:
  ///   - body: gets a frame and its places in `0 ..< count`, in ascending order; more than one place where frames are
  ///     fewer than `count`.
  /// - Returns: how many frames the span has.
  /// - Throws: ``VideoError/noFrames(path:)`` if nothing can be decoded, or what `body` throws.
  @discardableResult
  public func readFrames(
    from start: Double, duration: Double, count: Int, _ body: (Frame, [Int]) throws -> Void
  ) throws -> Int {
    try decoder.readFrames(from: start, duration: duration, count: count, body)
  }

  /// Seconds from one possible time of a frame to the next.
  var tick: Double { decoder.tick }
}

/// A video that gives the frames of clips: a file, or what was decoded of it before.
public protocol FrameSource {
  /// What the file says about its video.
  var info: VideoInfo { get }

  /// Gives `body` the `count` frames spread evenly over the frames of `start ..< start + duration` seconds, as
  /// ``VideoReader/readFrames(from:duration:count:_:)`` does.
  @discardableResult
  func readFrames(
    from start: Double, duration: Double, count: Int, _ body: (Frame, [Int]) throws -> Void
  ) throws -> Int
}

extension VideoReader: FrameSource {}

extension FrameSource {
  /// The clip that starts at a time, ready for a model.
  ///
  /// - Returns: float32 `[crops, 3, T, cropSize, cropSize]`.
  /// - Throws: ``VideoError``, or `PreprocessingError` if the frames do not fit the recipe.
  public func clip(from start: Double, recipe: ClipRecipe, crops: [SpatialCrop] = [.center]) throws -> Tensor {
    var builder = try ClipBuilder(recipe: recipe, crops: crops)
    try readFrames(from: start, duration: recipe.duration, count: recipe.frameCount) { frame, places in
      try builder.place(frame, at: places)
    }
    return try builder.tensor()
  }

  /// Gives `body` one clip after the other of `count` spread over the video (``ClipSampling``).
  ///
  /// - Parameter body: gets float32 `[crops, 3, T, cropSize, cropSize]`.
  /// - Throws: as ``clip(from:recipe:crops:)``, or what `body` throws.
  public func forEachClip(
    count: Int, recipe: ClipRecipe, crops: [SpatialCrop] = [.center], _ body: (Tensor) throws -> Void
  ) throws {
    let starts = ClipSampling.uniform(count: count, videoDuration: info.duration, clipDuration: recipe.duration)
    for start in starts { try body(clip(from: start, recipe: recipe, crops: crops)) }
  }
}
