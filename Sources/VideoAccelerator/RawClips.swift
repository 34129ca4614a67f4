import Preprocessing
import Tensors
import Video

/// Consecutive clips of raw frames whose number is not known in advance.
///
/// Memory holds the frames of one clip's span, scaled and cropped.
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

  /// The seconds of video read so far.
  var duration: Double { Double(frameCount) / reader.format.framesPerSecond }

  /// Calls `body` with whole clips, spread evenly (``SpreadSelection``); a remainder counts only if there is no whole
  /// clip.
  ///
  /// - Returns: The indices of the calls that count.
  func forEachClip(atMost limit: Int, _ body: (Tensor) throws -> Void) throws -> [Int] {
    let span = max(1, Int((recipe.duration * reader.format.framesPerSecond).rounded()))
    // All frames of the span are added, as their number determines which of them the clip takes.
    let spanRecipe = try ClipRecipe(
      frameCount: min(span, 4096), samplingRate: 1, shortSide: recipe.shortSide, cropSize: recipe.cropSize,
      mean: recipe.mean, standardDeviation: recipe.standardDeviation, framesPerSecond: recipe.framesPerSecond)
    var selection = SpreadSelection(limit: limit)
    var calls: [Int: Int] = [:]
    var number = 0
    while true {
      if selection.wants(number) {
        guard let clip = try nextClip(spanRecipe, isFirst: number == 0) else { break }
        try body(clip)
        calls[number] = calls.count
        selection.take(number)
      } else {
        guard try skip(spanRecipe.frameCount) else { break }
      }
      number += 1
    }
    return selection.numbers.compactMap { calls[$0] }
  }

  /// Skips frames; returns false if there are not as many.
  private func skip(_ count: Int) throws -> Bool {
    for _ in 0..<count {
      guard try reader.nextFrame() != nil else { return false }
      frameCount += 1
    }
    return true
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
      // Places after the end are not taken by the clip, but a tensor needs all of them.
      try builder.place(last, at: Array(available..<span.frameCount))
    }
    let indices = TemporalSubsample.indices(available: available, count: recipe.frameCount)
    return try builder.tensor().selectingFrames(indices)
  }
}
