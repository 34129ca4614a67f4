import Preprocessing
import Tensors

/// A video that frames and clips are read from: a file, or what was decoded of it before.
public protocol FrameSource {
  /// The properties of the video.
  var info: VideoInfo { get }
  /// The times of its frames.
  var timeline: FrameTimeline { get }
  /// What is wrong with the video, as far as is known; a damaged video is used all the same.
  var damage: VideoError? { get }

  /// Calls `body` with frames by their numbers, in one pass over the video.
  ///
  /// - Parameters:
  ///   - numbers: The numbers of the frames, ascending.
  ///   - body: Called with each number and frame.
  /// - Throws: ``RenumberedFrames`` if decoding has changed ``timeline``, so that numbers must be computed again; or
  ///   what `body` throws.
  func decodeFrames(_ numbers: [Int], _ body: (Int, Frame) throws -> Void) throws
}

/// Decoding a video showed that its frames differ from what its packets say; its timeline is right now.
///
/// This happens at most once for a video. ``FrameSource/withTimeline(_:)`` repeats what used the wrong times.
public struct RenumberedFrames: Error {}

extension FrameSource {
  /// Calls `body` with the times of the frames, and calls it again if decoding shows that they differ from what the
  /// packets say.
  ///
  /// - Parameter body: Decodes frames by this timeline; its result and effects must not matter if it throws
  ///   ``RenumberedFrames``.
  public func withTimeline<Result>(_ body: (FrameTimeline) throws -> Result) throws -> Result {
    while true {
      do { return try body(timeline) } catch is RenumberedFrames {}
    }
  }

  /// Calls `body` with the `count` frames spread evenly over the frames of `start ..< start + duration` seconds, in
  /// order.
  ///
  /// The choice of frames is PyTorchVideo's (``/Preprocessing/TemporalSubsample``). A span without frames is moved to
  /// where there are some (``/Preprocessing/FrameTimeline/frames(from:duration:)``).
  ///
  /// - Parameters:
  ///   - start: The start of the span in seconds from the first frame.
  ///   - duration: The length of the span in seconds.
  ///   - count: The number of frames.
  ///   - body: Called with a frame and its places in `0 ..< count`, in ascending order; there is more than one place if
  ///     the span has fewer frames than `count`. It is called for all places again if decoding shows that the frames
  ///     differ from what the packets say.
  /// - Returns: The number of frames in the span.
  /// - Throws: ``VideoError/noFrames(path:)`` if nothing can be decoded, or what `body` throws.
  @discardableResult
  public func readFrames(
    from start: Double, duration: Double, count: Int, _ body: (Frame, [Int]) throws -> Void
  ) throws -> Int {
    try withTimeline { timeline in
      let span = ClipSpan(timeline.frames(from: start, duration: duration), count: count)
      var place = 0
      try decodeFrames(span.numbers) { number, frame in
        let first = place
        while place < count, span.wanted[place] == number { place += 1 }
        try body(frame, Array(first..<place))
      }
      return span.frames.count
    }
  }

  /// Returns the clip that starts at a time, ready for a model.
  ///
  /// - Parameters:
  ///   - start: The start of the clip in seconds from the first frame.
  ///   - recipe: How the model's clips are made.
  ///   - crops: The squares to take of the clip.
  /// - Returns: float32 `[crops, 3, T, cropSize, cropSize]`.
  /// - Throws: ``VideoError``, or `PreprocessingError` if the frames do not fit the recipe.
  public func clip(from start: Double, recipe: ClipRecipe, crops: [SpatialCrop] = [.center]) throws -> Tensor {
    try withTimeline { _ in
      var clip: Tensor?
      try forEachClip(from: [start], recipe: recipe, crops: crops) { clip = $1 }
      return try clip ?? ClipBuilder(recipe: recipe, crops: crops).tensor()
    }
  }

  /// Calls `body` with `count` clips spread evenly over the video (``/Preprocessing/ClipSampling``), one after the
  /// other.
  ///
  /// - Parameters:
  ///   - count: The number of clips.
  ///   - recipe: How the model's clips are made.
  ///   - crops: The squares to take of each clip.
  ///   - body: Called with float32 `[crops, 3, T, cropSize, cropSize]`.
  /// - Throws: What ``forEachClip(from:recipe:crops:prepare:_:)`` throws.
  public func forEachClip(
    count: Int, recipe: ClipRecipe, crops: [SpatialCrop] = [.center], _ body: (Tensor) throws -> Void
  ) throws {
    let starts = ClipSampling.uniform(count: count, videoDuration: timeline.duration, clipDuration: recipe.duration)
    try forEachClip(from: starts, recipe: recipe, crops: crops) { try body($1) }
  }

  /// Calls `body` with the clips that start at the given times, in the order of time.
  ///
  /// The video is read once, even if clips overlap: a frame is decoded and scaled once, and kept as long as clips to
  /// come need it. Memory holds the frames of one clip, as the model sees them.
  ///
  /// - Parameters:
  ///   - starts: The starts of the clips in seconds, in any order.
  ///   - recipe: How the model's clips are made.
  ///   - crops: The squares to take of each clip.
  ///   - prepare: Transforms each frame first, on the caller's thread.
  ///   - body: Called with an index in `starts` and float32 `[crops, 3, T, cropSize, cropSize]`.
  /// - Throws: ``RenumberedFrames``, so call this in ``withTimeline(_:)`` unless the timeline is known to be right;
  ///   ``VideoError/noFrames(path:)`` if nothing can be decoded; ``VideoError``; `PreprocessingError` if the frames do
  ///   not fit the recipe; or what the closures throw.
  public func forEachClip(
    from starts: [Double], recipe: ClipRecipe, crops: [SpatialCrop] = [.center],
    prepare: (Frame) throws -> Frame = { $0 }, _ body: (Int, Tensor) throws -> Void
  ) throws {
    let spans = starts.map { ClipSpan(timeline.frames(from: $0, duration: recipe.duration), count: recipe.frameCount) }
    var window = try ClipWindow(spans, recipe: recipe, crops: crops)
    try decodeFrames(window.numbers) { number, frame in
      try window.add(prepare(frame), number: number, body)
    }
  }
}

/// The frames of a clip.
struct ClipSpan {
  /// All frames of its time span.
  let frames: Range<Int>
  /// The frame for each of the clip's places.
  let wanted: [Int]

  init(_ frames: Range<Int>, count: Int) {
    self.frames = frames
    wanted = TemporalSubsample.indices(available: frames.count, count: count).map { frames.lowerBound + $0 }
  }

  /// The frames that are needed, each once.
  var numbers: [Int] {
    wanted.indices.filter { $0 == 0 || wanted[$0] != wanted[$0 - 1] }.map { wanted[$0] }
  }
}

/// Makes clips of frames that arrive in order, and keeps only what later clips need.
struct ClipWindow {
  /// The frames that are needed, ascending, each once.
  let numbers: [Int]
  private var builder: ClipBuilder
  private let spans: [(place: Int, span: ClipSpan)]
  private var next = 0
  private var frames: [Int: CroppedFrame] = [:]

  init(_ clips: [ClipSpan], recipe: ClipRecipe, crops: [SpatialCrop]) throws {
    builder = try ClipBuilder(recipe: recipe, crops: crops)
    spans = clips.enumerated().map { (place: $0, span: $1) }
      .sorted { ($0.span.frames.lowerBound, $0.place) < ($1.span.frames.lowerBound, $1.place) }
    numbers = Set(clips.flatMap(\.numbers)).sorted()
  }

  /// Adds a frame, and calls `body` with the clips that are complete with it.
  mutating func add(_ frame: Frame, number: Int, _ body: (Int, Tensor) throws -> Void) throws {
    frames[number] = try builder.cropped(frame)
    while next < spans.count, let last = spans[next].span.wanted.last, last <= number {
      let (place, span) = spans[next]
      for (position, wanted) in span.wanted.enumerated() {
        if let frame = frames[wanted] { builder.place(frame, at: position) }
      }
      let clip = try builder.tensor()
      next += 1
      let needed = next < spans.count ? spans[next].span.frames.lowerBound : Int.max
      frames = frames.filter { $0.key >= needed }
      try body(place, clip)
    }
  }
}
