/// The settings of a training run.
public struct TrainingSettings: Sendable, Hashable {
  /// The number of epochs.
  public var epochs = 20
  /// The number of clips in a batch.
  public var batchSize = 8
  /// The number of batches whose gradients are averaged for a step of the optimizer.
  public var accumulation = 1
  /// The optimization algorithm.
  public var method = Optimizer.Method.adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
  /// The weight decay, which is multiplied by the learning rate; it does not apply to norms and biases.
  public var weightDecay: Float = 0.05
  /// The learning-rate schedule.
  public var learningRate = LearningRate(peak: 1e-3)
  /// The largest norm of all gradients together, to which larger ones are clipped; nil for no clipping.
  public var largestNorm: Double? = 5
  /// The label smoothing, 0...1: the share of each target that is spread over all classes (Szegedy et al. 2016).
  public var labelSmoothing: Float = 0.1
  /// The decay of the exponential moving average of the weights, which is evaluated and saved; nil for no average.
  public var averageDecay: Double?
  /// The number of epochs at the start in which only the last block is trained.
  public var frozenEpochs = 0
  /// The momentum of running statistics: the share that a step replaces by the batch's.
  public var statisticsMomentum: Float = 0.1
  /// The number of epochs without a better validation score after which training stops; nil to train all epochs.
  public var patience: Int?
  /// The random seed.
  public var seed: UInt64 = 0
  /// The number of threads that compute.
  public var threads = 1
  /// Whether activations are recomputed in each step, which takes more time and a quarter of the memory.
  public var recomputesActivations = false
  /// A description of everything else that the results depend on, such as the videos and the augmentation.
  public var data = ""

  /// Creates the defaults, for fine-tuning.
  public init() {}

  /// All settings that the results of a run depend on, by name, as in a checkpoint.
  package var named: [(name: String, value: String)] {
    let method =
      switch method {
      case .adamW(let beta1, let beta2, let epsilon): "adamw (\(beta1), \(beta2), \(epsilon))"
      case .sgd(let momentum, let isNesterov): "sgd (momentum \(momentum)\(isNesterov ? ", Nesterov" : ""))"
      }
    let optional = { (value: Double?) in value.map { "\($0)" } ?? "none" }
    return [
      (Self.epochsName, "\(epochs)"), (Self.batchSizeName, "\(batchSize)"), (Self.accumulationName, "\(accumulation)"),
      ("optimizer", method), ("weight decay", "\(weightDecay)"), ("learning rate", "\(learningRate.peak)"),
      ("warm-up", "\(learningRate.warmUp)"), ("decay", "\(learningRate.decay)"),
      ("largest gradient norm", optional(largestNorm)), ("label smoothing", "\(labelSmoothing)"),
      ("average of weights", optional(averageDecay)), (Self.frozenEpochsName, "\(frozenEpochs)"),
      ("statistics momentum", "\(statisticsMomentum)"), ("random seed", "\(seed)"), ("data", data),
    ]
  }

  static let (epochsName, batchSizeName) = ("epochs", "batch size")
  static let (accumulationName, frozenEpochsName) = ("batches per step", "frozen epochs")
}
