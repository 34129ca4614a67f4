import Preprocessing
import Tensors

/// A video that gives the frames of clips: a file, or what was decoded of it before.
public protocol FrameSource {
  /// What is known of the video.
  var info: VideoInfo { get }
  /// When its frames are shown.
  var timeline: FrameTimeline { get }
  /// What is wrong with the video, as far as is known; it is used all the same.
  var damage: VideoError? { get }

  /// Gives `body` frames by their numbers, each higher than the one before, in one pass over the video.
  ///
  /// - Throws: ``RenumberedFrames`` where ``timeline`` has become another one: numbers are to be asked for anew; or what `body`
  ///   throws.
  func decodeFrames(_ numbers: [Int], _ body: (Int, Frame) throws -> Void) throws
}

/// Decoding a video showed that its frames are others than its packets said; its timeline is right now.
///
/// This happens once for a video at the most. ``FrameSource/withTimeline(_:)`` does over what went by the wrong times.
public struct RenumberedFrames: Error {}

extension FrameSource {
  /// Does what goes by the times of frames, and does it over if decoding shows that they are others than the packets said: so
  /// that no clip is taken of where there is no picture.
  ///
  /// - Parameter body: Decodes frames by this timeline; what it returns or has done before is to be of no consequence if it
  ///   throws ``RenumberedFrames``.
  public func withTimeline<Result>(_ body: (FrameTimeline) throws -> Result) throws -> Result {
    while true {
      do { return try body(timeline) } catch is RenumberedFrames {}
    }
  }

  /// Gives `body` the `count` frames spread evenly over the frames of `start ..< start + duration` seconds, in order.
  ///
  /// Which they are is PyTorchVideo's choice (``TemporalSubsample``). A span without frames is moved to where there are some
  /// (``FrameTimeline/frames(from:duration:)``).
  ///
  /// - Parameter body: Gets a frame and its places in `0 ..< count`, in ascending order; more than one place where frames are
  ///   fewer than `count`. It gets frames for all places again if decoding shows that they are others than it seemed.
  /// - Returns: How many frames the span has.
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

  /// The clip that starts at a time, ready for a model.
  ///
  /// - Returns: float32 `[crops, 3, T, cropSize, cropSize]`.
  /// - Throws: ``VideoError``, or `PreprocessingError` if the frames do not fit the recipe.
  public func clip(from start: Double, recipe: ClipRecipe, crops: [SpatialCrop] = [.center]) throws -> Tensor {
    try withTimeline { _ in
      var clip: Tensor?
      try forEachClip(from: [start], recipe: recipe, crops: crops) { clip = $1 }
      return try clip ?? ClipBuilder(recipe: recipe, crops: crops).tensor()
    }
  }

  /// Gives `body` one clip after the other of `count` spread over the video (``ClipSampling``).
  ///
  /// - Parameter body: gets float32 `[crops, 3, T, cropSize, cropSize]`.
  /// - Throws: as ``forEachClip(from:recipe:crops:prepare:_:)``.
  public func forEachClip(
    count: Int, recipe: ClipRecipe, crops: [SpatialCrop] = [.center], _ body: (Tensor) throws -> Void
  ) throws {
    let starts = ClipSampling.uniform(count: count, videoDuration: timeline.duration, clipDuration: recipe.duration)
    try forEachClip(from: starts, recipe: recipe, crops: crops) { try body($1) }
  }

  /// Gives `body` the clips that start at some times, in the order of time and with their places in `starts`.
  ///
  /// The video is gone through once, whatever clips have in common: a frame is decoded and scaled once, and kept as long as
  /// clips to come need it. Memory holds the frames of a clip's length, as the model sees them.
  ///
  /// - Parameters:
  ///   - starts: Seconds, in any order.
  ///   - prepare: What is made of each frame first, on the thread of the caller.
  ///   - body: Gets a place in `starts` and float32 `[crops, 3, T, cropSize, cropSize]`.
  /// - Throws: ``RenumberedFrames``, so what is to hold for any file calls this in ``withTimeline(_:)``;
  ///   ``VideoError/noFrames(path:)`` if nothing can be decoded; ``VideoError``, `PreprocessingError` if the
  ///   frames do not fit the recipe, or what the closures throw.
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
  /// All frames of its span of time.
  let frames: Range<Int>
  /// The frame of each of the clip's places.
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

/// Makes clips of frames that come in order: keeps what later clips need, and no more.
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

  /// Takes a frame, and gives the clips that are complete with it.
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
