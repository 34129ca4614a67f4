import IR
import Tensors

/// The clips that a model learns from in one step, with their targets.
public struct Batch: Sendable, Equatable {
  /// The clips, float32 `[N, 3, T, H, W]`.
  public let clips: Tensor
  /// The class of each clip; of blended clips, that of the clip itself, whatever its share.
  public let labels: [Int]
  /// The target of each clip, float32 `[N, classes]`: each row sums to 1.
  public let targets: Tensor
  /// The index in the data set of each clip's video.
  public let indices: [Int]
  /// The rows of the whole batch that these are: all of them, unless ranks share it.
  public let rows: Range<Int>
  /// The number of clips in the whole batch.
  public let wholeSize: Int

  /// Creates a batch of clips `[1, 3, T, H, W]`.
  public init(clips: [Tensor], labels: [Int], indices: [Int], classCount: Int) {
    var values: [Float] = []
    values.reserveCapacity(clips.reduce(0) { $0 + $1.count })
    for clip in clips { values += clip.elements(as: Float.self) }
    var targets = [Float](repeating: 0, count: labels.count * classCount)
    for (row, label) in labels.enumerated() { targets[row * classCount + label] = 1 }
    self.init(
      clips: Tensor(values, shape: [clips.count] + (clips.first?.shape.dropFirst() ?? [])), labels: labels,
      targets: Tensor(targets, shape: [labels.count, classCount]), indices: indices)
  }

  private init(
    clips: Tensor, labels: [Int], targets: Tensor, indices: [Int], rows: Range<Int>? = nil, wholeSize: Int? = nil
  ) {
    self.rows = rows ?? 0..<labels.count
    self.wholeSize = wholeSize ?? labels.count
    self.clips = clips
    self.labels = labels
    self.targets = targets
    self.indices = indices
  }

  /// Returns the batch with clips and targets blended.
  func blended(by mixup: Mixup) -> Batch {
    Batch(
      clips: mixup.applied(to: clips), labels: labels, targets: mixup.applied(to: targets), indices: indices)
  }

  /// Returns the last clips as the part of a batch that a rank has.
  func part(_ rows: Range<Int>, of wholeSize: Int) -> Batch {
    let first = labels.count - rows.count
    let last = { (tensor: Tensor) in
      first == 0 ? tensor : Operations.Slice(axis: 0, start: first, end: labels.count).evaluate([tensor])[0]
    }
    return Batch(
      clips: last(clips), labels: Array(labels[first...]), targets: last(targets), indices: Array(indices[first...]),
      rows: rows, wholeSize: wholeSize)
  }
}
