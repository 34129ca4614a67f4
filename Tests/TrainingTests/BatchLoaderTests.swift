import Foundation
import Preprocessing
import TestSupport
import Tensors
import Testing
import Video

@testable import Training

@Suite struct BatchLoaderTests {
  /// Everything that is random, at once.
  private static var wild: Augmentation {
    var augmentation = Augmentation()
    augmentation.color = ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4)
    augmentation.mixup = 0.8
    return augmentation
  }

  private static func options(threads: Int = 1, batchSize: Int = 3, seed: UInt64 = 7) -> BatchLoader.Options {
    var options = BatchLoader.Options()
    options.batchSize = batchSize
    options.threads = threads
    options.seed = seed
    return options
  }

  @Test func oneSeedGivesTheSameBatchesWithAnyNumberOfThreads() throws {
    let videos = try VideoSet(damaged: true, halfDamaged: true)
    let set = try videos.dataSet()
    func run(_ threads: Int) throws -> (batches: [Batch], skipped: SkippedVideos) {
      let loader = try BatchLoader(
        set, recipe: videos.recipe, augmentation: Self.wild, options: Self.options(threads: threads))
      return (try loader.all(0) + loader.all(1), loader.skipped)
    }
    let one = try run(1)
    #expect(one.batches.count == 2 * 6)
    for threads in [2, 5] {
      let many = try run(threads)
      let isSame = many.batches == one.batches
      #expect(isSame, "\(threads) threads")
      #expect(many.skipped == one.skipped, "\(threads) threads")
    }
  }

  @Test func seedsAndEpochsDiffer() throws {
    let videos = try VideoSet()
    let set = try videos.dataSet()
    func first(seed: UInt64, epoch: Int) throws -> Batch? {
      try BatchLoader(set, recipe: videos.recipe, options: Self.options(seed: seed)).epoch(epoch).next()
    }
    let batch = try first(seed: 1, epoch: 0)
    let again = try first(seed: 1, epoch: 0) == batch
    let otherSeed = try first(seed: 2, epoch: 0) == batch
    let otherEpoch = try first(seed: 1, epoch: 1) == batch
    #expect(again && !otherSeed && !otherEpoch)
  }

  @Test(arguments: [1, 3, 5]) func trainingGoesOnAtAnyStep(step: Int) throws {
    let videos = try VideoSet(damaged: true)
    let set = try videos.dataSet()
    func loader() throws -> BatchLoader {
      try BatchLoader(set, recipe: videos.recipe, augmentation: Self.wild, options: Self.options(threads: 2))
    }
    let whole = try loader().all(4)
    let isSame = try loader().all(4, from: step) == Array(whole[step...])
    #expect(isSame)
  }

  @Test func eachVideoComesOnceAnEpochWithItsClass() throws {
    let videos = try VideoSet()
    let set = try videos.dataSet()
    let batches = try BatchLoader(set, recipe: videos.recipe, options: Self.options(batchSize: 5)).all(0)
    #expect(batches.map(\.labels.count) == [5, 5, 2])
    let indices = batches.flatMap(\.indices)
    #expect(indices.sorted() == Array(0..<12) && indices != Array(0..<12))
    for batch in batches {
      let count = batch.labels.count
      #expect(batch.clips.shape == [count, 3, 4, 32, 32] && batch.targets.shape == [count, 3])
      #expect(batch.labels == batch.indices.map { set.samples[$0].label })
      #expect(
        batch.targets.elements(as: Float.self) == batch.labels.flatMap { label in (0..<3).map { $0 == label ? 1 : 0 } })
    }
  }

  @Test func whatIsLeftOverMayBeDropped() throws {
    let videos = try VideoSet(perClass: 2)
    var options = Self.options(batchSize: 4)
    options.keepsPartialBatch = false
    let loader = try BatchLoader(videos.dataSet(), recipe: videos.recipe, options: options)
    #expect(loader.stepsPerEpoch == 1)
    #expect(try loader.all(0).map(\.labels.count) == [4])
    options.batchSize = 7
    #expect(throws: DataSetError.badBatchSize(7, videos: 6)) {
      try BatchLoader(videos.dataSet(), recipe: videos.recipe, options: options)
    }
  }

  @Test func damagedVideosGiveWayAndAreListedOnce() throws {
    let videos = try VideoSet(damaged: true)
    let set = try videos.dataSet()
    let loader = try BatchLoader(set, recipe: videos.recipe, options: Self.options(threads: 2, batchSize: 4))
    var indices: [Int] = []
    for epoch in 0..<4 {
      let batches = try loader.all(epoch)
      #expect(batches.map(\.labels.count) == [4, 4, 4, 4])
      indices += batches.flatMap(\.indices)
    }
    let listed = loader.skipped.videos.map { videos.relative($0.path) }
    #expect(Set(listed) == VideoSet.damaged && listed.count == 4)
    #expect(loader.skipped.count >= 4 * 4)
    for video in loader.skipped.videos { #expect(video.reason.contains(video.path), "\(video)") }
    let used = Set(indices.map { videos.relative(set.samples[$0].path) })
    #expect(used.isDisjoint(with: VideoSet.damaged) && used.count == 12)
  }

  @Test func whatCanBeDecodedOfADamagedVideoIsUsedWithAWarning() throws {
    let videos = try VideoSet(halfDamaged: true)
    let set = try videos.dataSet()
    let half = try #require(set.samples.firstIndex { $0.path.hasSuffix("half.mp4") })
    let loader = try BatchLoader(set, recipe: videos.recipe, options: Self.options(batchSize: 13))
    for epoch in 0..<12 {
      let uses = try loader.all(epoch).flatMap(\.indices).count { $0 == half }
      #expect(uses == 1)
    }
    let pass = EvaluationPass(set, recipe: videos.recipe, views: 4)
    var judged = 0
    while try pass.next() != nil { judged += 1 }
    #expect(judged == 13)
    for (skipped, damaged) in [(loader.skipped, loader.damaged), (pass.skipped, pass.damaged)] {
      #expect(skipped.videos.isEmpty && damaged.warnings.count == 1)
      let warning = try #require(damaged.warnings.first)
      #expect(warning.hasPrefix(set.samples[half].path) && warning.contains("damaged or cut off"))
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: [1, 4]) func videosThatAreAllDamagedAreAnError(threads: Int) throws {
    try withTemporaryFolder { folder in
      for name in ["a", "b"] {
        try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        for number in 0..<20 { try Data("no".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)/\(number).mp4")) }
      }
      let set = try DataSet(folder: folder)
      let recipe = try ClipRecipe(frameCount: 4, samplingRate: 3, shortSide: 36, cropSize: 32)
      let batches = try BatchLoader(set, recipe: recipe, options: Self.options(threads: threads)).epoch(0)
      let error = thrown(DataSetError.self) { try batches.next() }
      guard case .allDamaged(_, 40, let example) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(example.contains(".mp4"))
      #expect(try batches.next() == nil)
      let pass = EvaluationPass(set, recipe: recipe, threads: threads)
      #expect(thrown(DataSetError.self) { try pass.next() } != nil)
      #expect(pass.skipped.videos.count == 40)
    }
  }

  @Test(.timeLimit(.minutes(1))) func theThreadsEndWithTheirEpoch() throws {
    let videos = try VideoSet()
    let loader = try BatchLoader(videos.dataSet(), recipe: videos.recipe, options: Self.options(threads: 3))
    weak var shared: AnyObject?
    do {
      let batches = loader.epoch(0)
      shared = batches.shared
      #expect(try batches.next() != nil)
      #expect(shared != nil)
    }
    let start = ContinuousClock.now
    while shared != nil, ContinuousClock.now - start < .seconds(5) { Thread.sleep(forTimeInterval: 0.005) }
    #expect(shared == nil, "the threads still run")
  }

  @Test func noMoreClipsWaitThanAllowed() throws {
    let highest = Counter()
    let workers = OrderedWorkers(jobs: 0..<60, threads: 4, ahead: 5) { index, _ in
      highest.raise(to: index)
      return index
    }
    for expected in 0..<60 {
      Thread.sleep(forTimeInterval: 0.002)
      // What waits to be taken begins with this one.
      #expect(highest.value < expected + 5)
      #expect(try workers.next() == expected)
    }
    #expect(try workers.next() == nil)
  }

  @Test func framesInMemoryGiveTheSameClips() throws {
    let videos = try VideoSet(damaged: true, halfDamaged: true)
    let set = try videos.dataSet()
    func batches(cache: Int, side: Int? = nil) throws -> [Batch] {
      var options = Self.options(threads: 2)
      options.cacheBytes = cache
      options.storedShortSide = side
      let loader = try BatchLoader(set, recipe: videos.recipe, augmentation: Self.wild, options: options)
      return try (0..<3).flatMap { try loader.all($0) }
    }
    let plain = try batches(cache: 0)
    let all = try batches(cache: 1 << 30) == plain
    let thoseThatFit = try batches(cache: 1_000_000) == plain
    #expect(all && thoseThatFit)
    let reduced = try batches(cache: 0, side: 46)
    let reducedInMemory = try batches(cache: 1 << 30, side: 46) == reduced
    let isPlain = reduced == plain
    #expect(reducedInMemory && !isPlain)
  }

  @Test func theCacheKeepsWithinItsBounds() throws {
    let videos = try VideoSet()
    let paths = try videos.dataSet().samples.map(\.path)
    let cache = FrameCache(byteLimit: 1_500_000)
    var kept = 0
    for path in paths {
      if let video = try cache.video(path, shortSide: nil, check: {}) { kept += video.byteCount }
      #expect(cache.usedBytes == kept)
    }
    #expect(kept > 500_000 && kept <= 1_500_000)
    let first = try #require(try cache.video(paths[0], shortSide: nil, check: {}))
    #expect(first.byteCount == 30 * 64 * 48 * 3)
  }
}

/// A number that several threads raise.
private final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var highest = -1

  var value: Int { lock.withLock { highest } }

  func raise(to value: Int) { lock.withLock { highest = max(highest, value) } }
}
