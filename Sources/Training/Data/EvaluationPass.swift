import Preprocessing
import Tensors
import Video

/// All clips of one video, as it is classified.
public struct VideoClips: Sendable {
  /// float32 `[views * crops, 3, T, crop, crop]`: all crops of the first view, then of the next.
  public let clips: Tensor
  /// The video's class.
  public let label: Int
  /// Which video of the data set it is.
  public let index: Int
}

/// Goes through the videos of a data set once, in its order, with the clips by which `VideoClassifier` judges them.
///
/// Videos that cannot be decoded are left out, and listed in ``skipped``; damaged ones count, and are listed in ``damaged``.
public final class EvaluationPass {
  /// What was left out of what was gone through so far.
  public private(set) var skipped = SkippedVideos()
  /// What was used so far though it is damaged.
  public private(set) var damaged = DamagedVideos()

  private let dataSet: DataSet
  private let workers: OrderedWorkers<Outcome>
  private var hasGivenClips = false

  private enum Outcome: Sendable {
    case clips(VideoClips, damage: VideoError?)
    case skipped(SkippedVideos.Video)
  }

  /// A pass; decoding begins with it, and ends with it.
  ///
  /// - Parameters:
  ///   - views: How many clips, spread over each video.
  ///   - crops: Which squares of each.
  ///   - threads: How many threads decode.
  ///   - videosAhead: How many videos' clips may wait, decoded.
  public init(
    _ dataSet: DataSet, recipe: ClipRecipe, views: Int = 1, crops: [SpatialCrop] = [.center], threads: Int = 2,
    videosAhead: Int = 4
  ) {
    self.dataSet = dataSet
    let maker = ClipMaker(dataSet: dataSet, recipe: recipe, storedShortSide: nil, cache: nil)
    workers = OrderedWorkers(jobs: 0..<dataSet.samples.count, threads: threads, ahead: videosAhead) {
      index, isCancelled in
      let sample = maker.dataSet.samples[index]
      do {
        let clips = try maker.clips(of: index, views: max(views, 1), crops: crops, isCancelled: isCancelled)
        return .clips(VideoClips(clips: clips.values, label: sample.label, index: index), damage: clips.damage)
      } catch {
        guard let video = SkippedVideos.Video(path: sample.path, error) else { throw error }
        return .skipped(video)
      }
    }
  }

  /// The clips of the next video; nil after the last one.
  ///
  /// - Throws: ``DataSetError/allDamaged(name:count:example:)`` where none can be decoded, or what keeps any video from being
  ///   read.
  public func next() throws -> VideoClips? {
    while let outcome = try workers.next() {
      switch outcome {
      case .clips(let clips, let damage):
        hasGivenClips = true
        damaged.add(damage, path: dataSet.samples[clips.index].path)
        return clips
      case .skipped(let video):
        skipped.add(video)
      }
    }
    guard hasGivenClips else {
      throw DataSetError.allDamaged(
        name: dataSet.name, count: dataSet.samples.count, example: skipped.videos.first?.reason ?? "")
    }
    return nil
  }
}
