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

  private init(clips: Tensor, labels: [Int], targets: Tensor, indices: [Int]) {
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
}
