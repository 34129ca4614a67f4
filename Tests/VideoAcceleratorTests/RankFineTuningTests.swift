import Architectures
import IR
import Models
import RankTestSupport
import TestSupport
import Tensors
import Testing
import Training
import VideoAccelerator
import Zoo

/// Fine-tuning by several ranks, from videos to the output folder.
@Suite struct RankFineTuningTests {
  /// - Parameter seed: The random seed of the weights.
  private static func model(seed: UInt64 = 1) throws -> Model {
    let graph = Graph.build(input: .clip(channels: 3)) { clip in
      let stem = Conv3dTemporalKernel1BnAct(3, 8, spatialKernel: 3, spatialStride: 2)(clip, name: "stem")
      return Classifier(classCount: 2)(X3DBottleneckBlock(8, mid: 16, out: 8)(stem, name: "block"), name: "head")
    }
    let weights = try RandomWeights.make(
      for: graph, seed: seed, measuringOn: [RandomWeights.clips([2, 3, 4, 32, 32], seed: 1)])
    return try Model(
      name: "mine", graph: graph, weights: weights, recipe: SmallVideos.recipe.get(), labels: ["ant", "bee"])
  }

  private static func run(
    _ model: Model, on videos: String, to output: String, _ rank: LocalRank?, precision: Precision = .fp32,
    epochs: Int = 2, resumes: Bool = false, stopAfter: Int? = nil, log: @escaping (String) -> Void = { _ in }
  ) throws -> FineTuning.Result {
    var settings = TrainingSettings()
    settings.epochs = epochs
    settings.batchSize = 2
    settings.method = .sgd(momentum: 0.9, isNesterov: true)
    settings.learningRate = LearningRate(peak: 0.01)
    var steps = 0
    return try FineTuning(
      model, DataSplit(at: videos), settings: settings, augmentation: Augmentation(), output: output,
      precision: precision, ranks: rank
    ).run(
      resumes: resumes,
      shouldStop: {
        steps += 1
        return steps == stopAfter
      }, log: log)
  }

  @Test func twoRanksMakeWhatOneProcessMakes() throws {
    try withTemporaryFolder { folder in
      let videos = "\(folder)/videos"
      try SmallVideos.write(classes: ["ant", "bee"], to: videos)
      let model = try Self.model()
      let alone = try Self.run(model, on: videos, to: "\(folder)/alone", nil)
      let output = { @Sendable (rank: LocalRank) in "\(folder)/rank\(rank.place.rank)" }
      // They are interrupted in the second epoch, and go on.
      for result in LocalRank.run(2, { try Self.run(model, on: videos, to: output($0), $0, stopAfter: 4) }) {
        #expect(try result.get().ending == .interrupted)
      }
      let results = try LocalRank.run(2) {
        try Self.run(model, on: videos, to: output($0), $0, resumes: true)
      }.map { try $0.get() }
      #expect(results.allSatisfy { $0.ending == .finished })
      #expect(results[0].history.steps.count == alone.history.steps.count && results[1].history.steps.isEmpty)
      #expect(results[0].best?.confusion.total == alone.best?.confusion.total)
      let (found, expected) = (try Model("\(folder)/rank0").weights, try Model("\(folder)/alone").weights)
      for (path, tensor) in expected {
        #expect(found[path].map { relativeError($0, tensor) } ?? .infinity < 1e-4, "\(path)")
      }
      #expect(FileSystem.exists("\(folder)/rank0/training/report.html") && !FileSystem.exists("\(folder)/rank1"))
    }
  }

  /// Rank 0 alone calibrates; the other takes its ranges.
  @Test(.slow) func twoRanksTrainInIntegers() throws {
    try withTemporaryFolder { folder in
      let videos = "\(folder)/videos"
      try SmallVideos.write(classes: ["ant", "bee"], to: videos)
      _ = try Self.run(Self.model(), on: videos, to: "\(folder)/mine", nil, epochs: 1)
      let model = try Model("\(folder)/mine")
      let run = { @Sendable (rank: LocalRank?, output: String) in
        try Self.run(model, on: videos, to: "\(folder)/\(output)", rank, precision: .int8, epochs: 1)
      }
      let alone = try run(nil, "alone")
      for result in LocalRank.run(2, { try run($0, "rank\($0.place.rank)") }) {
        #expect(try result.get().ending == .finished)
      }
      #expect(!FileSystem.exists("\(folder)/rank1"))
      let losses = try ["alone", "rank0"].map { name in
        let events = try JSONLinesLog.events(path: "\(folder)/\(name)/training/log.jsonl")
        return TrainingHistory(events).steps.map(\.loss)
      }
      #expect(losses[0].count == alone.history.steps.count && losses[0].count == losses[1].count)
      for (one, other) in zip(losses[0], losses[1]) { #expect(abs(one - other) < 1e-3) }
    }
  }

  @Test func aRankWithOtherFilesEndsBeforeAnythingIsWritten() throws {
    try withTemporaryFolder { folder in
      for name in ["one", "other"] { try SmallVideos.write(classes: ["ant", "bee"], to: "\(folder)/\(name)/videos") }
      try SmallVideos.write(to: "\(folder)/other/videos/bee/0.mp4", frames: 9)
      let model = try Self.model()
      let changed = try Self.model(seed: 2)
      let cases: [(String, @Sendable (LocalRank) throws -> FineTuning.Result)] = [
        (
          "videos",
          {
            try Self.run(
              model, on: "\(folder)/\($0.place.leads ? "one" : "other")/videos", to: "\(folder)/run", $0)
          }
        ),
        (
          "model mine",
          { try Self.run($0.place.leads ? model : changed, on: "\(folder)/one/videos", to: "\(folder)/run", $0) }
        ),
        (
          "epochs 2 → 3",
          {
            try Self.run(
              model, on: "\(folder)/one/videos", to: "\(folder)/run", $0, epochs: $0.place.leads ? 2 : 3)
          }
        ),
      ]
      for (difference, body) in cases {
        for result in LocalRank.run(2, body) {
          let error = try #require(thrown(RankError.self) { try result.get() })
          #expect("\(error)".hasPrefix("rank 1 differs from rank 0: ") && "\(error)".contains(difference), "\(error)")
        }
        #expect(!FileSystem.exists("\(folder)/run"))
      }
    }
  }
}
