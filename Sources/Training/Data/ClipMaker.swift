import Preprocessing
import Tensors
import Video

/// Makes clips of a data set's videos, the same ones on any thread and in any order.
struct ClipMaker: Sendable {
  let dataSet: DataSet
  let recipe: ClipRecipe
  /// The shorter side that frames are reduced to before clips are made of them; nil for none.
  let storedShortSide: Int?
  let cache: FrameCache?

  /// Clips of a video, and what is wrong with the video if it is damaged.
  struct Clips {
    let values: Tensor
    let damage: VideoError?
  }

  /// Returns an augmented clip of a video.
  ///
  /// - Returns: float32 `[1, 3, T, crop, crop]`.
  /// - Throws: What ``clips(of:views:crops:isCancelled:)`` throws.
  func clip(
    of index: Int, _ augmentation: Augmentation, using generator: inout RandomStream, isCancelled: () -> Bool
  ) throws -> Clips {
    let source = try source(index, isCancelled: isCancelled)
    let beginning = generator
    return try source.withTimeline { timeline in
      generator = beginning
      let start = augmentation.start(videoDuration: timeline.duration, recipe: recipe, using: &generator)
      let crop = augmentation.crop(recipe, using: &generator)
      let factors = augmentation.color.factors(using: &generator)
      var clip: Tensor?
      try forEachClip(of: source, from: [start], crops: [crop], isCancelled: isCancelled) { clip = $0 }
      guard let clip else { throw VideoError.noFrames(path: dataSet.samples[index].path) }
      return Clips(values: factors.applied(to: clip, recipe: recipe), damage: source.damage)
    }
  }

  /// Returns the clips of a video as it is classified: spread over it, each in all crops.
  ///
  /// - Returns: float32 `[views * crops, 3, T, crop, crop]`.
  /// - Throws: `VideoError`, `FileError` or `PreprocessingError` if nothing can be decoded; `CancellationError`.
  func clips(of index: Int, views: Int, crops: [SpatialCrop], isCancelled: () -> Bool) throws -> Clips {
    let source = try source(index, isCancelled: isCancelled)
    return try source.withTimeline { timeline in
      let starts = ClipSampling.uniform(
        count: views, videoDuration: timeline.duration, clipDuration: recipe.duration)
      var values: [Float] = []
      try forEachClip(of: source, from: starts, crops: crops, isCancelled: isCancelled) {
        values += $0.elements(as: Float.self)
      }
      return Clips(
        values: Tensor(values, shape: [starts.count * crops.count] + recipe.clipShape.dropFirst()),
        damage: source.damage)
    }
  }

  private func source(_ index: Int, isCancelled: () -> Bool) throws -> any FrameSource {
    let path = dataSet.samples[index].path
    let decoded = try cache?.video(path, shortSide: storedShortSide) { if isCancelled() { throw CancellationError() } }
    // One thread, as many videos as there are workers are decoded at the same time.
    return try decoded ?? VideoReader(path: path, threads: 1)
  }

  /// Calls `body` with the clips that start at ascending times.
  private func forEachClip(
    of source: any FrameSource, from starts: [Double], crops: [SpatialCrop], isCancelled: () -> Bool,
    _ body: (Tensor) throws -> Void
  ) throws {
    try source.forEachClip(
      from: starts, recipe: recipe, crops: crops,
      prepare: { frame in
        if isCancelled() { throw CancellationError() }
        return storedShortSide.map { frame.reduced(toShortSide: $0) } ?? frame
      }
    ) { try body($1) }
  }
}
