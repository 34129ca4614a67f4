import CVideoAccelerator
import Preprocessing

// The function of the header on the frames of a video, under the same name. It is public for the linker to see it.

/// The header's `vacc_model_sample_frames`.
@_cdecl("vacc_model_sample_frames")
public func modelSampleFrames(
  _ model: OpaquePointer?, _ times: UnsafePointer<Double>?, _ timeCount: Int, _ end: Double, _ tick: Double,
  _ clipCount: Int32, _ frames: UnsafeMutablePointer<Int64>?, _ capacity: Int, _ count: UnsafeMutablePointer<Int>?
) -> vacc_status {
  status {
    let recipe = try Handles.shared.shared(model, as: OpenModel.self).model.requiredRecipe()
    let timeline = try FrameTimeline(times, count: timeCount, end: end, tick: tick)
    guard (0...100_000).contains(clipCount) else {
      throw InterfaceError.argument("a video cannot be seen in \(clipCount) clips: give 1 to 100000, or 0")
    }
    guard let count else { throw InterfaceError.argument("the place for the number of frames is null") }
    let (video, clip) = (timeline.duration, recipe.duration)
    let clips =
      clipCount == 0 ? ClipSampling.fittingCount(videoDuration: video, clipDuration: clip) : Int(clipCount)
    count.pointee = clips * recipe.frameCount
    guard let frames else { return }
    guard capacity >= count.pointee else {
      throw InterfaceError(
        status: VACC_TOO_SMALL, description: "there is room for \(capacity) frames, and \(count.pointee) are needed")
    }
    var place = frames
    for start in ClipSampling.uniform(count: clips, videoDuration: video, clipDuration: clip) {
      let span = timeline.frames(from: start, duration: clip)
      for index in TemporalSubsample.indices(available: span.count, count: recipe.frameCount) {
        place.pointee = Int64(span.lowerBound + index)
        place += 1
      }
    }
  }
}

extension FrameTimeline {
  /// Reads the times of a video's frames.
  ///
  /// - Throws: `InterfaceError` if they are none.
  fileprivate init(_ start: UnsafePointer<Double>?, count: Int, end: Double, tick: Double) throws(InterfaceError) {
    guard (1...(1 << 28)).contains(count), let start else { throw .argument("there are no times of frames") }
    let times = Array(UnsafeBufferPointer(start: start, count: count))
    guard times[0] == 0, zip(times, times.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw .argument("the times of frames do not ascend from 0")
    }
    guard let last = times.last, end.isFinite, last <= end else {
      throw .argument("the last frame ends at \(end) s, which is before it begins, or no time")
    }
    guard tick.isFinite, tick >= 0 else { throw .argument("a tick cannot have \(tick) s") }
    self.init(times: times, lastFrameDuration: end - last, tick: tick)
  }
}
