import CPU
import IR
import Preprocessing
import RankTestSupport
import TestSupport
import Tensors
import Testing

@testable import Training

/// Ranks that share videos, against one process that has them all.
@Suite struct RankDataTests {
  private static func options(_ place: RankPlace, batchSize: Int = 5) -> BatchLoader.Options {
    var options = BatchLoader.Options()
    options.batchSize = batchSize
    options.seed = 7
    options.place = place
    options.keepsPartialBatch = false
    return options
  }

  /// With videos that cannot be decoded and, with mixup, clips that are blended with those of another rank.
  @Test(arguments: [(2, 0), (3, 0), (2, 0.8), (5, 0.8)]) func theirPartsAreTheBatches(count: Int, mixup: Double) throws
  {
    let videos = try VideoSet(damaged: true, halfDamaged: true)
    let set = try videos.dataSet()
    var augmentation = Augmentation()
    augmentation.mixup = mixup
    let loader = { try BatchLoader(set, recipe: videos.recipe, augmentation: augmentation, options: Self.options($0)) }
    let alone = try loader(.alone)
    let whole = try alone.all(2, from: 1)
    var skipped: Set<String> = []
    var found = whole.map { _ in [Batch]() }
    for rank in 0..<count {
      let own = try loader(RankPlace(rank: rank, of: count))
      for (step, batch) in try own.all(2, from: 1).enumerated() { found[step].append(batch) }
      skipped.formUnion(own.skipped.videos.map(\.path))
    }
    for (parts, batch) in zip(found, whole) {
      #expect(parts.flatMap(\.labels) == batch.labels && parts.flatMap(\.indices) == batch.indices)
      #expect(parts.flatMap { Array($0.rows) } == Array(0..<5) && parts.allSatisfy { $0.wholeSize == 5 })
      let isSame = parts.flatMap { $0.clips.elements(as: Float.self) } == batch.clips.elements(as: Float.self)
      #expect(isSame)
      #expect(parts.flatMap { $0.targets.elements(as: Float.self) } == batch.targets.elements(as: Float.self))
    }
    #expect(skipped == Set(alone.skipped.videos.map(\.path)))
  }

  @Test func aBatchHasAClipForEachRank() throws {
    let videos = try VideoSet(perClass: 2)
    #expect(throws: RankError.batchTooSmall(clips: 2, ranks: 3)) {
      try BatchLoader(
        videos.dataSet(), recipe: videos.recipe, options: Self.options(RankPlace(rank: 0, of: 3), batchSize: 2))
    }
  }

  /// Of more ranks than videos some have none, and some have only videos that cannot be decoded.
  @Test(arguments: [2, 3, 40]) func theyEvaluateAsOneProcessDoes(count: Int) throws {
    let videos = try VideoSet(damaged: true, halfDamaged: true)
    let set = try videos.dataSet()
    let graph = TrainerTests.network
    let plan = try Plan(
      graph, weights: RandomWeights.parameters(of: graph, seed: 1), inputShapes: [videos.recipe.clipShape])
    let recipe = videos.recipe
    let run = { @Sendable (rank: LocalRank?) in
      try Evaluation(set, inputs: ClipInputs(recipe), ranks: rank).run(plan, givesProbabilities: false)
    }
    let alone = try run(nil)
    for result in LocalRank.run(count, { try run($0) }) {
      let result = try result.get()
      #expect(result.confusion == alone.confusion && result.score.accuracy == alone.score.accuracy)
      #expect(abs(result.score.loss - alone.score.loss) < 1e-9)
      #expect(Set(result.skipped.videos) == Set(alone.skipped.videos) && result.skipped.count == alone.skipped.count)
      #expect(result.damaged.warnings == alone.damaged.warnings && alone.damaged.warnings.count == 1)
    }
  }

  @Test func countsOfPredictionsTravelAsTheyAre() throws {
    var matrix = ConfusionMatrix(classCount: 7)
    for (index, label) in [0, 3, 3, 6, 2].enumerated() {
      matrix.add(scores: (0..<7).map { Float(($0 * 5 + index) % 7) }, label: label)
    }
    let travelled = try LocalRank.run(1) { [matrix] in try $0.gather(matrix)[0] }[0].get()
    #expect(travelled == matrix)
    var sum = matrix
    sum.add(travelled)
    #expect(sum.total == 10 && sum.accuracy == matrix.accuracy && sum[3, matrix.mistakes[0].predicted] % 2 == 0)
  }
}
