/// Records the start and end times of each worker's share of each step.
///
/// Each worker writes to its own entries; the owner reads them between runs.
final class StepRecorder: StepWatch {
  private struct Stamp {
    var start: ContinuousClock.Instant
    var end: ContinuousClock.Instant
  }

  private let clock = ContinuousClock()
  private let stamps: UnsafeMutablePointer<Stamp>
  private let stepCount: Int
  private let clipCount: Int
  /// The number of workers that share each clip.
  private let workersPerClip: Int
  private let threads: Int

  init(stepCount: Int, clipCount: Int, threads: Int, clipsApart: Bool) {
    self.stepCount = stepCount
    self.clipCount = clipCount
    self.threads = threads
    workersPerClip = clipsApart ? 1 : threads
    stamps = .allocate(capacity: max(stepCount * clipCount * workersPerClip, 1))
    clear()
  }

  deinit { stamps.deallocate() }

  /// Removes the times of the latest run.
  func clear() {
    let now = clock.now
    stamps.initialize(repeating: Stamp(start: now, end: now), count: stepCount * clipCount * workersPerClip)
  }

  func willRun(step: Int, clip: Int, worker: Int) { stamps[index(step, clip, worker)].start = clock.now }
  func didRun(step: Int, clip: Int, worker: Int) { stamps[index(step, clip, worker)].end = clock.now }

  private func index(_ step: Int, _ clip: Int, _ worker: Int) -> Int {
    (clip * workersPerClip + (workersPerClip == 1 ? 0 : worker)) * stepCount + step
  }

  /// Returns the time from the start of each step to that of the next one on worker 0, in milliseconds; for the last
  /// step of a clip, the time of its share.
  func durations() -> [Double] {
    var sums = [Double](repeating: 0, count: stepCount)
    for clip in 0..<clipCount where owner(of: clip) == 0 {
      for step in 0..<stepCount {
        let stamp = stamps[index(step, clip, 0)]
        let end = step + 1 < stepCount ? stamps[index(step + 1, clip, 0)].start : stamp.end
        sums[step] += (end - stamp.start).milliseconds
      }
    }
    return sums
  }

  /// Returns the events since `begin`, by worker and time.
  func timeline(since begin: ContinuousClock.Instant) -> [Profile.Event] {
    var events: [Profile.Event] = []
    for worker in 0..<threads {
      for clip in 0..<clipCount where workersPerClip > 1 || owner(of: clip) == worker {
        for step in 0..<stepCount {
          let stamp = stamps[index(step, clip, worker)]
          // Entries without a share of the worker are as `clear` left them.
          guard stamp.end > begin else { continue }
          events.append(
            Profile.Event(
              step: step, clip: clip, worker: worker, startMilliseconds: (stamp.start - begin).milliseconds,
              durationMilliseconds: (stamp.end - stamp.start).milliseconds))
        }
      }
    }
    return events
  }

  /// Returns the worker whose time counts for a clip; worker 0 if all workers share it.
  private func owner(of clip: Int) -> Int { workersPerClip == 1 ? clip % threads : 0 }
}

extension Duration {
  /// The duration in milliseconds.
  var milliseconds: Double { self / .milliseconds(1) }
}
