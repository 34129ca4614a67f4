import Quantization
import Preprocessing

extension Calibration {
  /// Returns clips to calibrate with: the middle of some of a data set's videos, spread evenly over the set.
  ///
  /// A video that cannot be decoded is replaced by the next one.
  ///
  /// - Parameters:
  ///   - videos: The data set.
  ///   - inputs: How the model's inputs are made.
  ///   - count: The largest number of clips.
  ///   - progress: Called with each video's path before it is read.
  /// - Returns: Clips with the model's inputs, `[1, 3, T, H, W]` each.
  /// - Throws: ``DataSetError/allDamaged(name:count:example:)`` if none can be decoded.
  public static func clips(
    of videos: DataSet, inputs: ClipInputs, count: Int, progress: (String) -> Void = { _ in }
  ) throws -> [Clip] {
    let maker = ClipMaker(dataSet: videos, recipe: inputs.clip, storedShortSide: nil, cache: nil)
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
          clips.append(Clip(name: path, inputs: inputs.tensors(of: clip.values)))
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
