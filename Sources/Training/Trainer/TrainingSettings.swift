import Tensors

/// How a model is trained.
public struct TrainingSettings: Sendable, Hashable {
  /// How often all videos are learned from.
  public var epochs = 20
  /// Clips in a batch.
  public var batchSize = 8
  /// Over how many batches gradients are averaged before weights move.
  public var accumulation = 1
  /// The rule by which weights move.
  public var method = Optimizer.Method.adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
  /// How much of each weight goes away in a step, times the learning rate; norms and biases keep theirs.
  public var weightDecay: Float = 0.05
  /// The learning rate over the run.
  public var learningRate = LearningRate(peak: 1e-3)
  /// The largest norm of all gradients together; larger ones are shortened to it. Nil: as they are.
  public var largestNorm: Double? = 5
  /// How much of 1 the other classes get of each target (Szegedy et al. 2016).
  public var labelSmoothing: Float = 0.1
  /// How much of the average of weights a step keeps, which is what is evaluated and kept; nil: no average.
  public var averageDecay: Double?
  /// For how many of the first epochs all but the last block stays as it is.
  public var frozenEpochs = 0
  /// How much of running statistics a step replaces by the batch's.
  public var statisticsMomentum: Float = 0.1
  /// After how many epochs without a better validation training ends; nil: never before its time.
  public var patience: Int?
  /// What everything random follows from.
  public var seed: UInt64 = 0
  /// How many threads compute.
  public var threads = 1
  /// Whether activations are computed a second time in each step, which takes longer and a quarter of the memory.
  public var recomputesActivations = false
  /// What else the numbers follow from, such as the videos and how clips are varied, in words.
  public var data = ""

  /// The defaults, for fine-tuning.
  public init() {}

  /// What a resumed run must have in common with the one that it goes on with: all that its numbers follow from.
  var fingerprint: String {
    var copy = self
    copy.patience = nil
    return "\(copy)"
  }
}
