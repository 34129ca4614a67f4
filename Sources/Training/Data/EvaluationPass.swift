import Preprocessing
import Tensors
import Video

/// All clips of one video, as it is classified.
public struct VideoClips: Sendable {
  /// The clips, float32 `[views * crops, 3, T, crop, crop]`: all crops of the first view, then of the next.
  public let clips: Tensor
  /// The video's class.
  public let label: Int
  /// The index of the video in the data set.
  public let index: Int
}

/// Reads the videos of a data set once, in order, as the clips by which `VideoClassifier` classifies them.
///
/// Of several ranks that share the videos, each has every `count`-th one.
///
/// Videos that cannot be decoded are skipped, and listed in ``skipped``; damaged ones count, and are listed in
/// ``damaged``.
public final class EvaluationPass {
  /// The videos that were skipped so far.
  public private(set) var skipped = SkippedVideos()
  /// The damaged videos that were used so far.
  public private(set) var damaged = DamagedVideos()

  /// The number of videos of this pass.
  public let videoCount: Int

  private let dataSet: DataSet
  private let workers: OrderedWorkers<Outcome>
  private var hasGivenClips = false

  private enum Outcome: Sendable {
    case clips(VideoClips, damage: VideoError?)
    case skipped(SkippedVideos.Video)
  }

  /// Creates a pass; decoding starts and ends with this object.
  ///
  /// - Parameters:
  ///   - dataSet: The videos.
  ///   - recipe: How the model's clips are made.
  ///   - views: The number of clips, spread evenly over each video.
  ///   - crops: The squares to take of each clip.
  ///   - threads: The number of threads that decode.
  ///   - videosAhead: The number of videos whose decoded clips may wait.
  ///   - place: Which of the ranks that share the videos this one is.
  public init(
    _ dataSet: DataSet, recipe: ClipRecipe, views: Int = 1, crops: [SpatialCrop] = [.center], threads: Int = 2,
    videosAhead: Int = 4, place: RankPlace = .alone
  ) {
    self.dataSet = dataSet
    videoCount = (dataSet.samples.count - place.rank + place.count - 1) / place.count
    let maker = ClipMaker(dataSet: dataSet, recipe: recipe, storedShortSide: nil, cache: nil)
    workers = OrderedWorkers(jobs: 0..<videoCount, threads: threads, ahead: videosAhead) {
      number, isCancelled in
      let index = place.rank + number * place.count
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

  /// Waits for the clips of the next video, and returns them; nil after the last one.
  ///
  /// - Throws: ``DataSetError/allDamaged(name:count:example:)`` if no video can be decoded, or an error that no other
  ///   video would be spared.
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
    // Other ranks may have some.
    guard hasGivenClips || videoCount < dataSet.samples.count else {
      throw DataSetError.allDamaged(
        name: dataSet.name, count: dataSet.samples.count, example: skipped.videos.first?.reason ?? "")
    }
    return nil
  }
}
