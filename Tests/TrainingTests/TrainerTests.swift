import IR
import Architectures
import TestSupport
import Tensors
import Testing

@testable import Training

/// The loop: learning, resuming, averaging, stopping.
@Suite struct TrainerTests {
  /// Clips of three classes, told apart by which channel is bright; some numbers are noise.
  final class Source: BatchSource {
    let stepsPerEpoch: Int
    private let size: Int
    var spoiled: Int?

    init(stepsPerEpoch: Int = 5, size: Int = 6) {
      self.stepsPerEpoch = stepsPerEpoch
      self.size = size
    }

    func batches(ofEpoch epoch: Int, from step: Int) throws -> () throws -> Batch? {
      var next = step
      return { [self] in
        guard next < stepsPerEpoch else { return nil }
        defer { next += 1 }
        let generator = CounterGenerator(seed: UInt64(epoch), name: "batch \(next)")
        let labels = (0..<size).map { (index: Int) -> Int in
          let bits: UInt64 = generator.bits(100_000 + index)
          return Int(bits % 3)
        }
        let count = size * 3 * 128
        var values = (0..<count).map { generator.unit($0) }
        for (n, label) in labels.enumerated() {
          let first = (n * 3 + label) * 128
          for index in first..<first + 128 { values[index] += 0.7 }
        }
        if spoiled == epoch * stepsPerEpoch + next { values[17] = .nan }
        let clips = (0..<size).map { Tensor(Array(values[$0 * 384..<($0 + 1) * 384]), shape: [1, 3, 2, 8, 8]) }
        return Batch(clips: clips, labels: labels, indices: Array(0..<size), classCount: 3)
      }
    }
  }

  static let network = Graph.build(input: .clip(channels: 3)) { clip in
    var x = clip.builder.scoped("stem") {
      BatchNorm(8)(
        Conv3d(3, 8, kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1], bias: false)(clip, name: "conv"),
        name: "norm")
    }
    x = Activation.swish(x, name: "act")
    x = Dropout(0.2)(x.mean(axes: [2, 3, 4]))
    return Linear(8, 3)(x, name: "head")
  }

  static func settings(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = 6
    settings.learningRate = LearningRate(peak: 0.05)
    settings.seed = 3
    change(&settings)
    return settings
  }

  static func trainer(
    _ settings: TrainingSettings, startScore: ModelScore? = nil, source: Source = Source(), checkpoint: String? = nil,
    resumes: Bool = false
  ) throws -> Trainer {
    try Trainer(
      network, weights: RandomWeights.parameters(of: network, seed: 1), startScore: startScore, settings: settings,
      source: source, checkpoint: checkpoint, resumes: resumes)
  }

  @Test(
    arguments: [
      (.sgd(momentum: 0.9, isNesterov: true), 0.1), (.sgd(momentum: 0, isNesterov: false), 0.5),
      (.adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8), 0.05),
    ] as [(Optimizer.Method, Double)]) func itLearns(_ method: Optimizer.Method, _ rate: Double) throws
  {
    let settings = Self.settings {
      $0.method = method
      $0.learningRate = LearningRate(peak: rate)
      $0.epochs = 15
    }
    let trainer = try Self.trainer(settings)
    var losses: [Double] = []
    var epochs: [TrainingEpoch] = []
    var hooks = Trainer.Hooks()
    hooks.log = { event in
      if case .step(let step) = event { losses.append(step.loss) }
      if case .epoch(let epoch) = event { epochs.append(epoch) }
    }
    #expect(try trainer.run(hooks) == .finished)
    #expect(losses.count == 75 && epochs.count == 15)
    let (first, last): (Double, Double) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
    #expect(last < 0.7 * first)
    #expect(try #require(epochs.last).training.accuracy > 0.75)
    // Running statistics have followed.
    #expect(trainer.weights["stem.norm.running_mean"] != Tensor(zeros: [8]))
  }

  @Test(arguments: [1, 4, 13, 22, 29]) func aRunThatIsInterruptedAndResumedEndsAsOneThatIsNot(stop: Int) throws {
    try withTemporaryFile("checkpoint.safetensors") { path in
      let settings = Self.settings {
        $0.averageDecay = 0.95
        $0.accumulation = 2
      }
      let whole = try Self.trainer(settings)
      var scores: [Double] = []
      var hooks = Trainer.Hooks()
      hooks.log = { if case .epoch(let epoch) = $0 { scores.append(epoch.training.loss) } }
      _ = try whole.run(hooks)

      let first = try Self.trainer(settings, checkpoint: path)
      var stopping = Trainer.Hooks()
      var interrupted: [Double] = []
      stopping.log = { if case .epoch(let epoch) = $0 { interrupted.append(epoch.training.loss) } }
      stopping.shouldStop = { [unowned first] in first.step >= stop }
      #expect(try first.run(stopping) == .interrupted)
      stopping.shouldStop = { false }
      let second = try Self.trainer(settings, checkpoint: path, resumes: true)
      #expect(second.step == first.step)
      #expect(try second.run(stopping) == .finished)
      #expect(second.weights == whole.weights && second.evaluatedWeights == whole.evaluatedWeights)
      #expect(interrupted == scores)
    }
  }

  @Test func threadsAreTheirOwnRunAndSeedsToo() throws {
    let run = { (seed: UInt64) -> [String: Tensor] in
      let trainer = try Self.trainer(Self.settings { $0.seed = seed })
      _ = try trainer.run()
      return trainer.weights
    }
    #expect(try run(3) == run(3))
    #expect(try run(3) != run(4))
  }

  @Test func aLossThatIsNoNumberIsNamedAndTheCheckpointStays() throws {
    try withTemporaryFile("checkpoint.safetensors") { path in
      let source = Source()
      source.spoiled = 12
      let trainer = try Self.trainer(Self.settings(), source: source, checkpoint: path)
      let error = try #require(thrown(TrainingError.self) { try trainer.run() })
      #expect(error == .notFinite(step: 13, place: "the clips"))
      // That of the end of the second epoch.
      let again = try Self.trainer(Self.settings(), checkpoint: path, resumes: true)
      #expect(again.step == 10 && again.epoch == 2)
    }
    let trainer = try Self.trainer(
      Self.settings {
        $0.learningRate = LearningRate(peak: 1e30, warmUp: 0, decay: .constant)
        $0.method = .sgd(momentum: 0, isNesterov: false)
      })
    let error = try #require(thrown(TrainingError.self) { try trainer.run() })
    guard case .notFinite(let step, let place) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(step > 1 && !place.isEmpty && place != "the clips")
  }

  @Test func aFrozenBackboneStaysAndThenMoves() throws {
    let trainer = try Self.trainer(
      Self.settings {
        $0.epochs = 2
        $0.frozenEpochs = 1
      })
    let before = trainer.weights
    var after: [[String: Tensor]] = []
    var hooks = Trainer.Hooks()
    hooks.keep = { weights, _ in after.append(weights) }
    _ = try trainer.run(hooks)
    for path in ["stem.conv.weight", "stem.norm.weight", "stem.norm.running_mean"] {
      #expect(after[0][path] == before[path], "\(path)")
      #expect(after[1][path] != before[path], "\(path)")
    }
    #expect(after[0]["head.weight"] != before["head.weight"])
  }

  @Test func aCheckpointOfAnotherRunIsRefused() throws {
    try withTemporaryFile("checkpoint.safetensors") { path in
      try Self.trainer(Self.settings(), checkpoint: path).save()
      let other = Self.settings { $0.seed = 4 }
      let error = try #require(
        thrown(TrainingError.self) { try Self.trainer(other, checkpoint: path, resumes: true) })
      #expect("\(error)".hasPrefix("Options differ from the checkpoint: random seed 3 → 4. "))
      try SafetensorsFile.write(["x": Tensor(zeros: [1])], to: path)
      #expect(thrown(TrainingError.self) { try Self.trainer(Self.settings(), checkpoint: path, resumes: true) } != nil)
    }
  }

  /// Seven batches of 8 are done, two of them of the second epoch.
  @Test func aResumedRunSaysWhatDiffers() throws {
    let cases: [(difference: String, batchesDone: Int?, change: (inout TrainingSettings) -> Void)] = [
      ("epochs 6 → 8", 2, { $0.epochs = 8 }), ("batch size 8 → 4", 4, { $0.batchSize = 4 }),
      ("batch size 8 → 16", 1, { $0.batchSize = 16 }), ("batches per step 1 → 2", 2, { $0.accumulation = 2 }),
      ("", 2, { ($0.threads, $0.patience, $0.recomputesActivations) = (2, 9, true) }),
      ("epochs 6 → 1", nil, { $0.epochs = 1 }), ("batch size 8 → 6", nil, { $0.batchSize = 6 }),
      ("frozen epochs 0 → 1", nil, { $0.frozenEpochs = 1 }), ("random seed 3 → 4", nil, { $0.seed = 4 }),
      ("learning rate 0.05 → 0.1", nil, { $0.learningRate.peak = 0.1 }), ("data  → other", nil, { $0.data = "other" }),
    ]
    try withTemporaryFile("checkpoint.safetensors") { path in
      let first = try Self.trainer(Self.settings(), checkpoint: path)
      var hooks = Trainer.Hooks()
      hooks.shouldStop = { first.step == 7 }
      #expect(try first.run(hooks) == .interrupted)
      for (difference, batchesDone, change) in cases {
        let settings = Self.settings(change)
        let resume = { try Self.trainer(settings, checkpoint: path, resumes: true) }
        guard let batchesDone else {
          let error = try #require(thrown(TrainingError.self) { try resume() })
          #expect("\(error)".hasPrefix("Options differ from the checkpoint: \(difference). "), "\(error)")
          continue
        }
        let resumed = try resume()
        #expect(resumed.differences == (difference.isEmpty ? [] : [difference]))
        #expect(resumed.epoch == 1 && resumed.batchesDone == batchesDone && resumed.step == 7, "\(difference)")
      }
      let resumed = try Self.trainer(Self.settings { $0.epochs = 8 }, checkpoint: path, resumes: true)
      #expect(try resumed.run() == .finished && resumed.epoch == 8)
    }
  }

  @Test func whatIsNotFiniteIsNeitherKeptNorSaved() throws {
    try withTemporaryFile("checkpoint.safetensors") { path in
      let trainer = try Self.trainer(Self.settings { $0.epochs = 1 }, checkpoint: path)
      var hooks = Trainer.Hooks()
      hooks.evaluate = { _ in ModelScore(loss: .nan, accuracy: 0.5) }
      hooks.keep = { _, _ in Issue.record("kept") }
      let error = try #require(thrown(TrainingError.self) { try trainer.run(hooks) })
      #expect(error == .notFinite(step: 5, place: "validation") && !error.isBadInput)
      #expect("\(error)".hasPrefix("training diverged: step 5 gave NaN or infinity, first in validation"))
    }
  }

  @Test func patienceEndsARunThatGetsNoBetter() throws {
    let trainer = try Self.trainer(Self.settings { $0.patience = 2 })
    var hooks = Trainer.Hooks()
    hooks.evaluate = { _ in ModelScore(loss: 1, accuracy: 0.5) }
    #expect(try trainer.run(hooks) == .stoppedEarly)
    #expect(trainer.epoch == 3)
  }

  /// Better is more accurate, and among equals of less loss; resumed in between, too.
  @Test(
    arguments: [
      (nil, [true, false, true, false, true, false]),
      (ModelScore(loss: 0.8, accuracy: 0.5), [false, false, true, false, true, false]),
      (ModelScore(loss: 0.2, accuracy: 0.9), [false, false, false, false, false, false]),
    ] as [(ModelScore?, [Bool])]) func theBestSoFarIsKept(_ start: ModelScore?, _ expected: [Bool]) throws
  {
    try withTemporaryFile("checkpoint.safetensors") { path in
      let scores = [(1, 0.5), (0.7, 0.4), (0.6, 0.5), (0.6, 0.5), (2, 0.7), (1, 0.6)].map {
        ModelScore(loss: $0, accuracy: $1)
      }
      var kept: [Bool] = []
      var hooks = Trainer.Hooks()
      hooks.evaluate = { _ in scores[kept.count] }
      hooks.keep = { kept.append($1) }
      hooks.shouldStop = { kept.count == 3 }
      let first = try Self.trainer(Self.settings(), startScore: start, checkpoint: path)
      #expect(try first.run(hooks) == .interrupted)
      hooks.shouldStop = { false }
      let second = try Self.trainer(Self.settings(), startScore: start, checkpoint: path, resumes: true)
      #expect(try second.run(hooks) == .finished)
      #expect(kept == expected)
      #expect(second.bestEpoch == expected.lastIndex(of: true) ?? -1)
    }
  }

  @Test func learningRatesRiseAndFall() {
    let cosine = LearningRate(peak: 1, warmUp: 0.1)
    let rates = (0..<100).map { cosine.rate(step: $0, of: 100) }
    #expect(rates[0] == 0.1 && rates[9] == 1 && rates[10] == 1 && abs(rates[55] - 0.5) < 1e-9 && rates[99] < 0.001)
    let steps = LearningRate(peak: 1, warmUp: 0, decay: .steps([0.5, 0.75], factor: 0.1))
    let falling = [0, 49, 50, 74, 75, 99].map { steps.rate(step: $0, of: 100) }
    for (rate, expected) in zip(falling, [1, 1, 0.1, 0.1, 0.01, 0.01]) { #expect(abs(rate - expected) < 1e-12) }
    #expect(LearningRate(peak: 2, warmUp: 0, decay: .constant).rate(step: 7, of: 9) == 2)
  }
}
