import Quantization
import Preprocessing

extension Calibration {
  /// Calibration by the videos of a data set: the middle of some of them, spread evenly over it.
  ///
  /// A video that cannot be decoded gives its place to the next one.
  ///
  /// - Parameters:
  ///   - recipe: What the model wants of a clip.
  ///   - count: The most clips to take.
  ///   - progress: Called with each video's path before it is read.
  /// - Returns: the clips.
  /// - Throws: ``DataSetError/allDamaged(name:count:example:)`` if none can be decoded.
  public static func clips(
    of videos: DataSet, recipe: ClipRecipe, count: Int, progress: (String) -> Void = { _ in }
  ) throws -> [Clip] {
    let maker = ClipMaker(dataSet: videos, recipe: recipe, storedShortSide: nil, cache: nil)
    let count = min(count, videos.samples.count)
    var clips: [Clip] = []
    var skipped = SkippedVideos()
    for place in 0..<count {
      let candidates = place * videos.samples.count / count..<(place + 1) * videos.samples.count / count
      for index in candidates {
        let path = videos.samples[index].path
        progress(path)
        do {
          let clip = try maker.clips(of: index, views: 1, crops: [.center], isCancelled: { false })
          clips.append(Clip(name: path, inputs: [clip.values]))
          break
        } catch {
          guard let video = SkippedVideos.Video(path: path, error) else { throw error }
          skipped.add(video)
        }
      }
    }
    guard !clips.isEmpty else {
      throw DataSetError.allDamaged(
        name: videos.name, count: videos.samples.count, example: skipped.videos.first?.reason ?? "")
    }
    return clips
  }
}
