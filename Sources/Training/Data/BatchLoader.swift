import Preprocessing
import Tensors
import Video

/// Loads the batches of each epoch, decoded ahead of the training step on threads of its own.
///
/// ```swift
/// let loader = try BatchLoader(split.training, recipe: recipe, augmentation: Augmentation(), options: options)
/// for epoch in 0..<epochs {
///   let batches = try loader.epoch(epoch)
///   while let batch = try batches.next() { … }
/// }
/// ```
///
/// All random numbers follow from the seed, the epoch, the video and their purpose. A seed gives the same batches with
/// any number of threads, and a resumed training gets the batches that it would have had.
///
/// Of several ranks that share a run, each has a loader, and gets its part of each batch that one loader would give.
///
/// A video of which no clip can be decoded is replaced by the next one in the epoch's order, so that batches stay full,
/// and is listed in ``skipped``. A damaged one is used, and listed in ``damaged``.
public final class BatchLoader {
  /// How batches are made and decoded.
  public struct Options: Sendable, Hashable {
    /// The number of clips in a batch.
    public var batchSize = 8
    /// The random seed.
    public var seed: UInt64 = 0
    /// The number of threads that decode.
    public var threads = 2
    /// The number of decoded batches that may wait.
    public var batchesAhead = 2
    /// Whether an epoch ends with a smaller batch of the remaining clips.
    public var keepsPartialBatch = true
    /// The bytes of decoded frames to keep in memory, so that videos are not decoded again in each epoch.
    public var cacheBytes = 0
    /// The shorter side that frames are reduced to, in pixels, before clips are made of them, so that more of them fit
    /// the cache; at least the largest one that clips are scaled to. Nil keeps frames as they are.
    public var storedShortSide: Int?
    /// Which of the ranks that share the batches this loader is for.
    public var place = RankPlace.alone

    /// Creates the default options: batches of 8, two threads, no cache.
    public init() {}
  }

  /// The data set that clips are made of.
  public let dataSet: DataSet
  /// The number of batches in an epoch.
  public let stepsPerEpoch: Int
  /// The videos that were skipped in the batches taken so far.
  public private(set) var skipped = SkippedVideos()
  /// The damaged videos that were used in the batches taken so far.
  public private(set) var damaged = DamagedVideos()

  private let augmentation: Augmentation
  private let options: Options
  private let maker: ClipMaker

  /// Creates a loader of clips of a recipe.
  ///
  /// - Throws: ``DataSetError/badBatchSize(_:videos:)`` if there is no batch; `PreprocessingError` if the augmentation is out of
  ///   range; ``RankError/batchTooSmall(clips:ranks:)`` if a batch has no clip for a rank.
  public init(
    _ dataSet: DataSet, recipe: ClipRecipe, augmentation: Augmentation = Augmentation(), options: Options = Options()
  ) throws {
    if let problem = augmentation.problem { throw PreprocessingError.badRecipe(problem) }
    let count = dataSet.samples.count
    guard options.batchSize > 0, options.keepsPartialBatch || options.batchSize <= count else {
      throw DataSetError.badBatchSize(options.batchSize, videos: count)
    }
    self.dataSet = dataSet
    self.augmentation = augmentation
    self.options = options
    stepsPerEpoch = options.keepsPartialBatch ? (count - 1) / options.batchSize + 1 : count / options.batchSize
    let smallest = Self.size(ofBatch: stepsPerEpoch - 1, options, videos: count)
    guard smallest >= options.place.count else {
      throw RankError.batchTooSmall(clips: smallest, ranks: options.place.count)
    }
    let largest = augmentation.shortSides(recipe).upperBound
    maker = ClipMaker(
      dataSet: dataSet, recipe: recipe, storedShortSide: options.storedShortSide.map { max($0, largest) },
      cache: options.cacheBytes > 0 ? FrameCache(byteLimit: options.cacheBytes) : nil)
  }

  /// Returns the batches of an epoch.
  ///
  /// - Parameters:
  ///   - epoch: The epoch, counted from 0.
  ///   - step: The index of the first batch to return, 0...``stepsPerEpoch``.
  public func epoch(_ epoch: Int, from step: Int = 0) -> EpochBatches {
    EpochBatches(loader: self, epoch: epoch, step: step)
  }
}

extension BatchLoader {
  /// A clip for a place in an epoch's order, and the videos that were skipped for it.
  struct Clip: Sendable {
    let clip: Tensor
    let damage: VideoError?
    let index: Int
    let skipped: [SkippedVideos.Video]
  }

  private static func size(ofBatch step: Int, _ options: Options, videos count: Int) -> Int {
    min(options.batchSize, count - step * options.batchSize)
  }

  /// What this rank has of a batch.
  fileprivate struct Part {
    /// The number of clips in the whole batch, and which of them this rank has.
    let batchSize: Int
    let rows: Range<Int>
    /// The places of the clips in the epoch's order: with mixup, first the one that the first clip is blended with.
    let places: [Int]
  }

  fileprivate func part(ofBatch step: Int) -> Part {
    let size = Self.size(ofBatch: step, options, videos: dataSet.samples.count)
    let rows = options.place.rows(of: size)
    let neighbor = augmentation.mixup > 0 && rows.count < size ? [(rows.lowerBound + size - 1) % size] : []
    return Part(batchSize: size, rows: rows, places: (neighbor + rows).map { step * options.batchSize + $0 })
  }

  /// Creates the threads that decode the clips of an epoch, in its order.
  fileprivate func workers(epoch: Int, from step: Int) -> OrderedWorkers<Clip> {
    precondition((0...stepsPerEpoch).contains(step), "an epoch has \(stepsPerEpoch) steps, and no step \(step)")
    let count = dataSet.samples.count
    var generator = RandomStream(seed: options.seed, ["order", epoch])
    let order = (0..<count).shuffled(using: &generator)
    let places = (step..<stepsPerEpoch).flatMap { part(ofBatch: $0).places }
    let (maker, augmentation, seed) = (maker, augmentation, options.seed)
    return OrderedWorkers(
      jobs: places.indices, threads: options.threads,
      ahead: part(ofBatch: 0).places.count * max(options.batchesAhead, 1)
    ) { number, isCancelled in
      let place = places[number]
      var skipped: [SkippedVideos.Video] = []
      for attempt in 0..<count {
        let index = order[(place + attempt) % count]
        // A video in another one's place gets another clip than in its own.
        var generator = RandomStream(seed: seed, ["clip", epoch, index, attempt])
        do {
          let clip = try maker.clip(of: index, augmentation, using: &generator, isCancelled: isCancelled)
          return Clip(clip: clip.values, damage: clip.damage, index: index, skipped: skipped)
        } catch {
          let path = maker.dataSet.samples[index].path
          guard let video = SkippedVideos.Video(path: path, error) else { throw error }
          skipped.append(video)
        }
        if isCancelled() { throw CancellationError() }
      }
      throw DataSetError.allDamaged(name: maker.dataSet.name, count: count, example: skipped.first?.reason ?? "")
    }
  }

  fileprivate func batch(of clips: [Clip], _ part: Part, epoch: Int, step: Int) -> Batch {
    let own = clips.suffix(part.rows.count)
    for video in own.flatMap(\.skipped) { skipped.add(video) }
    for clip in own { damaged.add(clip.damage, path: dataSet.samples[clip.index].path) }
    let indices = clips.map(\.index)
    let batch = Batch(
      clips: clips.map(\.clip), labels: indices.map { dataSet.samples[$0].label }, indices: indices,
      classCount: dataSet.classes.count)
    guard augmentation.mixup > 0 else { return batch.part(part.rows, of: part.batchSize) }
    var generator = RandomStream(seed: options.seed, ["mixup", epoch, step])
    return batch.blended(by: Mixup(alpha: augmentation.mixup, using: &generator)).part(part.rows, of: part.batchSize)
  }
}

/// The batches of one epoch, in order; decoding starts and ends with this object.
public final class EpochBatches {
  private let loader: BatchLoader
  private let epoch: Int
  private var step: Int
  private let workers: OrderedWorkers<BatchLoader.Clip>
  /// The object that the threads hold as long as they run, for tests.
  var shared: AnyObject { workers.shared }

  fileprivate init(loader: BatchLoader, epoch: Int, step: Int) {
    self.loader = loader
    self.epoch = epoch
    self.step = step
    workers = loader.workers(epoch: epoch, from: step)
  }

  /// Waits for the next batch, and returns it; nil at the epoch's end.
  ///
  /// - Throws: ``DataSetError/allDamaged(name:count:example:)``, or an error that no other video would be spared.
  public func next() throws -> Batch? {
    guard step < loader.stepsPerEpoch else { return nil }
    let part = loader.part(ofBatch: step)
    var clips: [BatchLoader.Clip] = []
    while clips.count < part.places.count, let clip = try workers.next() { clips.append(clip) }
    guard !clips.isEmpty else { return nil }
    defer { step += 1 }
    return loader.batch(of: clips, part, epoch: epoch, step: step)
  }
}
