import Preprocessing
import Tensors
import Video

/// Gives the batches of each epoch, decoded ahead of the step by threads of its own.
///
/// ```swift
/// let loader = try BatchLoader(split.training, recipe: recipe, augmentation: Augmentation(), options: options)
/// for epoch in 0..<epochs {
///   let batches = try loader.epoch(epoch)
///   while let batch = try batches.next() { … }
/// }
/// ```
///
/// Everything random follows from the seed, the epoch, the video and the purpose: a seed gives the same batches with any number
/// of threads, and training goes on at any step of any epoch with the batches that it would have had.
///
/// A video of which no clip can be decoded gives way to the next one in the epoch's order, so that batches stay full, and is
/// listed in ``skipped``. A damaged one is used, and listed in ``damaged``.
public final class BatchLoader {
  /// How clips are put together and decoded.
  public struct Options: Sendable, Hashable {
    /// How many clips there are in a batch.
    public var batchSize = 8
    /// What everything random follows from.
    public var seed: UInt64 = 0
    /// How many threads decode.
    public var threads = 2
    /// How many batches may wait, decoded.
    public var batchesAhead = 2
    /// Whether an epoch ends with a batch of what is left over, if that is less than a whole one.
    public var keepsPartialBatch = true
    /// How many bytes of decoded frames are kept, so that videos are not decoded again in each epoch.
    public var cacheBytes = 0
    /// What the shorter side of frames is reduced to, in pixels, before clips are made of them; so more of them fit the cache.
    /// At least the largest one that clips are scaled to. Nil: frames stay as they are.
    public var storedShortSide: Int?

    /// The usual: batches of 8, two threads, no cache.
    public init() {}
  }

  /// What clips are made of.
  public let dataSet: DataSet
  /// How many batches an epoch has.
  public let stepsPerEpoch: Int
  /// What was skipped in the batches taken so far.
  public private(set) var skipped = SkippedVideos()
  /// What was used in the batches taken so far though it is damaged.
  public private(set) var damaged = DamagedVideos()

  private let augmentation: Augmentation
  private let options: Options
  private let maker: ClipMaker

  /// A loader of clips of a recipe.
  ///
  /// - Throws: ``DataSetError/badBatchSize(_:videos:)`` if there is no batch; `PreprocessingError` if the augmentation is out of
  ///   range.
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
    let largest = augmentation.shortSides(recipe).upperBound
    maker = ClipMaker(
      dataSet: dataSet, recipe: recipe, storedShortSide: options.storedShortSide.map { max($0, largest) },
      cache: options.cacheBytes > 0 ? FrameCache(byteLimit: options.cacheBytes) : nil)
  }

  /// The batches of an epoch, counted from 0.
  ///
  /// - Parameter step: the first one to give.
  /// - Precondition: the step is 0 to ``stepsPerEpoch``.
  public func epoch(_ epoch: Int, from step: Int = 0) -> EpochBatches {
    EpochBatches(loader: self, epoch: epoch, step: step)
  }
}

extension BatchLoader {
  /// A clip for a place in an epoch's order, and what was skipped for it.
  struct Clip: Sendable {
    let clip: Tensor
    let damage: VideoError?
    let index: Int
    let skipped: [SkippedVideos.Video]
  }

  /// Threads that decode the clips of an epoch, in its order.
  fileprivate func workers(epoch: Int, from step: Int) -> OrderedWorkers<Clip> {
    precondition((0...stepsPerEpoch).contains(step), "an epoch has \(stepsPerEpoch) steps, and no step \(step)")
    let count = dataSet.samples.count
    var generator = RandomStream(seed: options.seed, ["order", epoch])
    let order = (0..<count).shuffled(using: &generator)
    let end = options.keepsPartialBatch ? count : stepsPerEpoch * options.batchSize
    let (maker, augmentation, seed) = (maker, augmentation, options.seed)
    return OrderedWorkers(
      jobs: (step < stepsPerEpoch ? step * options.batchSize : end)..<end, threads: options.threads,
      ahead: min(options.batchSize, count) * max(options.batchesAhead, 1)
    ) { place, isCancelled in
      var skipped: [SkippedVideos.Video] = []
      for attempt in 0..<count {
        let index = order[(place + attempt) % count]
        // A video in another's place is another clip than in its own.
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

  fileprivate func batch(of clips: [Clip], epoch: Int, step: Int) -> Batch {
    for video in clips.flatMap(\.skipped) { skipped.add(video) }
    for clip in clips { damaged.add(clip.damage, path: dataSet.samples[clip.index].path) }
    let indices = clips.map(\.index)
    let batch = Batch(
      clips: clips.map(\.clip), labels: indices.map { dataSet.samples[$0].label }, indices: indices,
      classCount: dataSet.classes.count)
    guard augmentation.mixup > 0 else { return batch }
    var generator = RandomStream(seed: options.seed, ["mixup", epoch, step])
    return batch.blended(by: Mixup(alpha: augmentation.mixup, using: &generator))
  }

  fileprivate var batchSize: Int { options.batchSize }
}

/// The batches of one epoch, one after the other. Decoding begins with it, and ends with it.
public final class EpochBatches {
  private let loader: BatchLoader
  private let epoch: Int
  private var step: Int
  private let workers: OrderedWorkers<BatchLoader.Clip>
  /// What the threads hold as long as they run, for tests.
  var shared: AnyObject { workers.shared }

  fileprivate init(loader: BatchLoader, epoch: Int, step: Int) {
    self.loader = loader
    self.epoch = epoch
    self.step = step
    workers = loader.workers(epoch: epoch, from: step)
  }

  /// The next batch, waited for; nil at the epoch's end.
  ///
  /// - Throws: ``DataSetError/allDamaged(name:count:example:)``, or what keeps any video from being read.
  public func next() throws -> Batch? {
    var clips: [BatchLoader.Clip] = []
    while clips.count < loader.batchSize, let clip = try workers.next() { clips.append(clip) }
    guard !clips.isEmpty else { return nil }
    defer { step += 1 }
    return loader.batch(of: clips, epoch: epoch, step: step)
  }
}
