import Architectures
import IR
import RankTestSupport
import TestSupport
import Tensors
import Testing

@testable import Training

/// Ranks that share batches, against one process that has them whole.
@Suite struct RankTrainingTests {
  /// The part of each batch that a rank has.
  final class Part: BatchSource {
    let stepsPerEpoch = 5
    private let source: TrainerTests.Source
    private let place: RankPlace

    init(_ place: RankPlace, spoiled: Int? = nil) {
      self.place = place
      source = TrainerTests.Source()
      source.spoiled = spoiled
    }

    func batches(ofEpoch epoch: Int, from step: Int) throws -> () throws -> Batch? {
      let next = try source.batches(ofEpoch: epoch, from: step)
      return { [place] in
        guard let batch = try next() else { return nil }
        return batch.rows(place.rows(of: batch.labels.count))
      }
    }
  }

  private static func trainer(
    _ settings: TrainingSettings, _ rank: LocalRank?, source: (any BatchSource)? = nil, checkpoint: String? = nil,
    resumes: Bool = false
  ) throws -> Trainer {
    try Trainer(
      TrainerTests.network, weights: RandomWeights.parameters(of: TrainerTests.network, seed: 1), settings: settings,
      source: source ?? Part(rank?.place ?? .alone), checkpoint: checkpoint, resumes: resumes, ranks: rank)
  }

  /// Plain steps: those of Adam amplify roundings where a gradient is nearly 0.
  private static func settings(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingSettings {
    TrainerTests.settings {
      $0.method = .sgd(momentum: 0.9, isNesterov: true)
      change(&$0)
    }
  }

  private static func largestError(_ found: [String: Tensor], _ expected: [String: Tensor]) -> Double {
    expected.map { path, tensor in found[path].map { relativeError($0, tensor) } ?? .infinity }.max() ?? .infinity
  }

  /// Dropout, batch norms, squeeze-excite; parts of different sizes; activations that are kept or computed again.
  @Test(arguments: [(2, false), (3, false), (2, true)])
  func theirGradientsAddUpToTheWholeBatch(count: Int, recomputes: Bool) throws {
    let graph = try NetworkTests.network("narrow")
    let (clips, targets) = (
      NetworkTests.clips([5, 3, 4, 64, 64], step: 0, seed: 3), NetworkTests.targets(5, classes: 11)
    )
    let weights = RandomWeights.parameters(of: graph, seed: 3)
    let run = {
      @Sendable (rows: Range<Int>, part: TrainingGraph.BatchPart?) throws -> (TrainingGraph, TrainingSession.Result) in
      var options = TrainingGraph.Options()
      options.part = part
      options.recomputesActivations = recomputes
      let inputs = clips.rows(rows)
      let session = try TrainingSession(graph, inputShapes: [inputs.shape], options: options, threads: 2)
      let result = try session.run([inputs], targets: targets.rows(rows), key: RandomKey(7), parameters: weights)
      return (session.form, result)
    }
    let (form, whole) = try run(0..<5, nil)
    let parts = try LocalRank.run(count) { rank in
      let rows = rank.place.rows(of: 5)
      return try run(rows, .init(ranks: RankLink(RankExchange(rank)), rows: rows, batchSize: 5))
    }.map { try $0.get() }
    #expect(abs(parts.reduce(0) { $0 + $1.1.loss } - whole.loss) < 1e-5 * whole.loss)
    let logits = parts.flatMap { $0.1.logits.elements(as: Float.self) }
    #expect(relativeError(Tensor(logits, shape: [5, 11]), whole.logits) < 1e-4)
    for (own, part) in parts {
      #expect(own.trained == form.trained && own.statistics.map(\.count) == form.statistics.map(\.count))
      for (path, (found, expected)) in zip(form.trained, zip(part.gradients, whole.gradients)) {
        #expect(relativeError(found, expected) < 1e-3, "\(path)")
      }
      for (found, expected) in zip(part.statistics, whole.statistics) {
        #expect(relativeError(found.mean, expected.mean) < 1e-4)
        #expect(relativeError(found.variance, expected.variance) < 1e-4)
      }
      let same = zip(part.gradients, parts[0].1.gradients).allSatisfy { $0 == $1 }
      #expect(same, "all ranks have the same bits")
    }
  }

  /// The graph means what its plan computes.
  @Test func aPlanComputesWhatTheInterpreterDoes() throws {
    let graph = TrainerTests.network
    let weights = RandomWeights.parameters(of: graph, seed: 1)
    let batch = try #require(try TrainerTests.Source().batches(ofEpoch: 0, from: 0)())
    let errors = LocalRank.run(2) { rank in
      let part = batch.rows(rank.place.rows(of: 6))
      var options = TrainingGraph.Options()
      options.part = .init(ranks: RankLink(RankExchange(rank)), rows: part.rows, batchSize: 6)
      let session = try TrainingSession(graph, inputShapes: [part.clips.shape], options: options)
      let found = try session.run([part.clips], targets: part.targets, key: RandomKey(5), parameters: weights)
      let operands =
        [part.clips, part.targets, RandomKey(5).tensor] + session.form.parameters.compactMap { weights[$0] }
      let expected = try Interpreter(session.form.graph, weights: [:]).run(operands)
      let sums = session.form.buckets[0].flatMap { found.gradients[$0].elements(as: Float.self) }
      return relativeError(Tensor(sums, shape: [sums.count]), expected[expected.count - 1])
    }
    for error in errors { #expect(try error.get() < 1e-4) }
  }

  /// Gradients of later layers are on their way before those of earlier ones are there.
  @Test func gradientsAreSummedInBucketsFromTheLastLayerOn() throws {
    let graph = try NetworkTests.network("narrow")
    let buckets = try LocalRank.run(1) { rank in
      let link = RankLink(RankExchange(rank))
      let form = try TrainingGraph(graph, inputShapes: [[2, 3, 4, 64, 64]])
      let (whole, buckets) = try form.graph.summingGradients(form.trained.count, over: link, bucketSize: 1000)
      let places = whole.nodes.indices.filter { whole.nodes[$0].operation is Operations.SumOverRanks }
      let isLast = places.map { (whole.nodes[$0].operation as? Operations.SumOverRanks)?.isLast ?? false }
      return (buckets, form.trained, places, isLast, whole.nodes.count)
    }[0].get()
    let (numbers, paths, places, isLast, count) = buckets
    #expect(numbers.count > 5 && numbers.flatMap { $0 }.sorted() == Array(paths.indices))
    #expect(paths[numbers[0][0]].contains("proj") && numbers.last?.contains(0) == true)
    #expect(isLast == numbers.indices.map { $0 == numbers.count - 1 })
    #expect(places[0] < count * 3 / 4 && places.last == count - 1)
  }

  @Test(arguments: [2, 3, 6]) func theyTrainAsOneProcessDoes(count: Int) throws {
    let settings = Self.settings {
      $0.averageDecay = 0.95
      $0.accumulation = 2
      $0.frozenEpochs = 1
    }
    let run = { @Sendable (rank: LocalRank?, path: String) throws -> (Trainer, [TrainingEvent], Int) in
      let trainer = try Self.trainer(settings, rank, checkpoint: path)
      var (events, kept): ([TrainingEvent], Int) = ([], 0)
      var hooks = Trainer.Hooks()
      hooks.log = { events.append($0) }
      hooks.keep = { _, _ in kept += 1 }
      #expect(try trainer.run(hooks) == .finished)
      return (trainer, events, kept)
    }
    try withTemporaryFolder { folder in
      let (alone, expected, _) = try run(nil, "\(folder)/alone")
      let results = LocalRank.run(count) { rank in
        let (trainer, events, kept) = try run(rank, "\(folder)/rank\(rank.place.rank)")
        return (trainer.weights, trainer.evaluatedWeights, events, kept)
      }
      for (rank, result) in results.enumerated() {
        let (weights, evaluated, events, kept) = try result.get()
        #expect(Self.largestError(weights, alone.weights) < 1e-4)
        #expect(Self.largestError(evaluated, alone.evaluatedWeights) < 1e-4)
        let isSame = try weights == results[0].get().0
        #expect(isSame, "all ranks have the same bits")
        // Rank 0 alone writes and logs.
        #expect(FileSystem.exists("\(folder)/rank\(rank)") == (rank == 0))
        #expect(events.count == (rank == 0 ? expected.count : 0) && kept == (rank == 0 ? 6 : 0))
        for (found, expected) in zip(events, expected) {
          guard case (.step(let found), .step(let expected)) = (found, expected) else { continue }
          #expect(abs(found.loss - expected.loss) < 1e-4 && found.accuracy == expected.accuracy)
        }
      }
    }
  }

  /// One of them is asked to stop, as one process may get the signal first; any number of them goes on.
  @Test func allStopWithOneAndAnyNumberGoesOn() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/checkpoint"
      let settings = Self.settings()
      let whole = try Self.trainer(settings, nil)
      _ = try whole.run()
      var step = 0
      for (count, stop) in [(2, 7), (3, 12), (1, 18), (2, 100)] {
        let results = LocalRank.run(count) { rank in
          let resumes = stop > 7
          let trainer = try Self.trainer(settings, rank, checkpoint: rank.place.leads ? path : nil, resumes: resumes)
          let first = trainer.step
          var hooks = Trainer.Hooks()
          hooks.shouldStop = { rank.place.rank == count - 1 && trainer.step >= stop }
          return (first, try trainer.run(hooks), trainer.step, trainer.weights)
        }
        for result in results {
          let (first, ending, last, weights) = try result.get()
          #expect(first == step && ending == (stop < 100 ? .interrupted : .finished))
          #expect(last == min(stop, 30))
          if stop == 100 { #expect(Self.largestError(weights, whole.weights) < 1e-4) }
        }
        step = stop
      }
    }
  }

  @Test func aRankThatFailsEndsTheOthersAndTheCheckpointStays() throws {
    struct Broken: Error, CustomStringConvertible { let description = "the disk is gone" }
    try withTemporaryFile("checkpoint.safetensors") { path in
      let results = LocalRank.run(3) { rank in
        let trainer = try Self.trainer(Self.settings(), rank, checkpoint: path)
        var hooks = Trainer.Hooks()
        hooks.evaluate = { _ in
          if rank.place.rank == 1, trainer.epoch == 2 { throw Broken() }
          return nil
        }
        _ = try trainer.run(hooks)
      }
      for (rank, result) in results.enumerated() where rank != 1 {
        let error = try #require(thrown(RankError.self) { try result.get() })
        #expect(error == .failed(rank: 1, reason: "the disk is gone") && !error.isBadInput)
      }
      // Rank 0 has saved the third epoch before it needed the others again.
      #expect(try Self.trainer(Self.settings(), nil, checkpoint: path, resumes: true).step == 15)
    }
  }

  @Test func whatIsNotFiniteIsNamedOnAllRanks() {
    let results = LocalRank.run(2) { rank in
      // A number of the first clip of the seventh batch.
      _ = try Self.trainer(Self.settings(), rank, source: Part(rank.place, spoiled: 6)).run()
    }
    for result in results {
      #expect(throws: TrainingError.notFinite(step: 7, place: "the clips")) { try result.get() }
    }
  }

  @Test func otherSettingsAreRefusedOnAllRanks() {
    let results = LocalRank.run(3) { rank in
      var settings = Self.settings()
      if rank.place.rank == 2 { settings.learningRate.peak = 0.1 }
      try rank.requireSame(settings.named)
    }
    for result in results {
      #expect(throws: RankError.differs(rank: 2, differences: ["learning rate 0.05 → 0.1"])) { try result.get() }
    }
  }

  @Test func valuesTravelAsTheyAre() throws {
    let results = LocalRank.run(2) { rank in
      let name = rank.place.leads ? "zero" : "one"
      return (try rank.broadcast(name), try rank.gather([name, "é\u{0}\n"]), try rank.broadcast([UInt8]()))
    }
    for result in results {
      let (first, all, none) = try result.get()
      #expect(first == "zero" && all == [["zero", "é\u{0}\n"], ["one", "é\u{0}\n"]] && none.isEmpty)
    }
  }
}

extension Tensor {
  /// Some rows.
  fileprivate func rows(_ rows: Range<Int>) -> Tensor {
    Operations.Slice(axis: 0, start: rows.lowerBound, end: rows.upperBound).evaluate([self])[0]
  }
}

extension Batch {
  /// The part of a whole batch that has these rows.
  fileprivate func rows(_ rows: Range<Int>) -> Batch {
    let clips = rows.map { self.clips.rows($0..<$0 + 1) }
    let part = Batch(
      clips: clips, labels: Array(labels[rows]), indices: Array(indices[rows]), classCount: targets.shape[1])
    return part.part(rows, of: labels.count)
  }
}
