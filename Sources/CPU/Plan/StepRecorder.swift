/// Records when each worker computes each step.
///
/// Each worker writes to its own entries; the owner reads them between runs.
final class StepRecorder: StepWatch {
  /// A worker's time for a step in milliseconds, from the start of its first tile to the end of its last one.
  private struct Stamp {
    var start: Double, end: Double
  }

  /// For each clip and worker the steps that it has taken part in.
  private let stamps: UnsafeMutablePointer<Stamp?>
  private let stepCount: Int
  private let clipCount: Int
  private let threads: Int
  /// Whether each thread computes whole clips.
  private let clipsApart: Bool

  init(stepCount: Int, clipCount: Int, threads: Int, clipsApart: Bool) {
    self.stepCount = stepCount
    self.clipCount = clipCount
    self.threads = threads
    self.clipsApart = clipsApart
    stamps = .allocate(capacity: max(stepCount * clipCount * threads, 1))
    clear()
  }

  deinit { stamps.deallocate() }

  /// Removes the times of the latest run.
  func clear() { stamps.initialize(repeating: nil, count: stepCount * clipCount * threads) }

  func willRun(step: Int, clip: Int, worker: Int) {
    let index = index(step, clip, worker)
    guard stamps[index] == nil else { return }
    let now = Stopwatch.wall.now
    stamps[index] = Stamp(start: now, end: now)
  }

  func didRun(step: Int, clip: Int, worker: Int) { stamps[index(step, clip, worker)]?.end = Stopwatch.wall.now }

  private func index(_ step: Int, _ clip: Int, _ worker: Int) -> Int { (clip * threads + worker) * stepCount + step }

  /// Returns the time from the start of each step to that of the next one, in milliseconds; for the last step of a clip, to
  /// its end. Of clips that are computed at the same time, the mean over the threads.
  func durations() -> [Double] {
    var sums = [Double](repeating: 0, count: stepCount)
    for clip in 0..<clipCount {
      let times = (0..<stepCount).map { step in (0..<threads).compactMap { stamps[index(step, clip, $0)] } }
      for step in 0..<stepCount {
        guard let start = times[step].map(\.start).min(),
          let end = step + 1 < stepCount ? times[step + 1].map(\.start).min() : times[step].map(\.end).max()
        else { continue }
        sums[step] += end - start
      }
    }
    return clipsApart ? sums.map { $0 / Double(threads) } : sums
  }

  /// Returns the events since `begin`, a time in milliseconds, by worker and time.
  func timeline(since begin: Double) -> [Profile.Event] {
    (0..<threads).flatMap { worker in
      var events: [Profile.Event] = []
      for clip in 0..<clipCount {
        for step in 0..<stepCount {
          guard let stamp = stamps[index(step, clip, worker)] else { continue }
          events.append(
            Profile.Event(
              step: step, clip: clip, worker: worker, startMilliseconds: stamp.start - begin,
              durationMilliseconds: stamp.end - stamp.start))
        }
      }
      // Clips taken over from another worker come last.
      return events.sorted { $0.startMilliseconds < $1.startMilliseconds }
    }
  }
}
