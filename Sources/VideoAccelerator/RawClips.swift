import Preprocessing
import Tensors
import Video

/// Consecutive clips of raw frames whose number is not known beforehand.
///
/// Memory is one clip's span of frames, scaled and cropped.
final class RawClips {
  private let reader: RawFrameReader
  private let recipe: ClipRecipe
  private let crops: [SpatialCrop]
  private var frameCount = 0

  init(reader: RawFrameReader, recipe: ClipRecipe, crops: [SpatialCrop]) {
    self.reader = reader
    self.recipe = recipe
    self.crops = crops
  }

  /// Seconds of video read so far.
  var duration: Double { Double(frameCount) / reader.format.framesPerSecond }

  /// Calls `body` with each whole clip; a remainder counts only where there is nothing else.
  func forEachClip(_ body: (Tensor) throws -> Void) throws {
    let span = max(1, Int((recipe.duration * reader.format.framesPerSecond).rounded()))
    // The span's frames all go in, as which of them the clip takes follows from how many there are.
    let spanRecipe = try ClipRecipe(
      frameCount: min(span, 4096), samplingRate: 1, shortSide: recipe.shortSide, cropSize: recipe.cropSize,
      mean: recipe.mean, standardDeviation: recipe.standardDeviation, framesPerSecond: recipe.framesPerSecond)
    var clips = 0
    while let clip = try nextClip(spanRecipe, isFirst: clips == 0) {
      try body(clip)
      clips += 1
    }
  }

  private func nextClip(_ span: ClipRecipe, isFirst: Bool) throws -> Tensor? {
    var builder = try ClipBuilder(recipe: span, crops: crops)
    var available = 0
    var last: Frame?
    while available < span.frameCount, let frame = try reader.nextFrame() {
      try builder.place(frame, at: [available])
      available += 1
      last = frame
    }
    frameCount += available
    if available < span.frameCount {
      guard isFirst, let last else { return nil }
      // Places after the end are not taken by the clip, but a tensor must have all of them.
      try builder.place(last, at: Array(available..<span.frameCount))
    }
    let indices = TemporalSubsample.indices(available: available, count: recipe.frameCount)
    return try builder.tensor().selecting(indices)
  }
}

extension Tensor {
  /// The frames of `[N, C, T, H, W]` at these indices.
  fileprivate func selecting(_ frames: [Int]) -> Tensor {
    let plane = shape[3] * shape[4]
    let values = elements(as: Float.self)
    var result: [Float] = []
    result.reserveCapacity(shape[0] * shape[1] * frames.count * plane)
    for channel in 0..<shape[0] * shape[1] {
      for frame in frames {
        let first = (channel * shape[2] + frame) * plane
        result += values[first..<first + plane]
      }
    }
    return Tensor(result, shape: [shape[0], shape[1], frames.count, shape[3], shape[4]])
  }
}
