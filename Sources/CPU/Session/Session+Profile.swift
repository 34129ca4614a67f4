import Tensors

extension Session {
  /// The largest number of profiled runs.
  public static let mostProfiledRuns = 10_000

  /// Measures each step of the plan, in pairs of an ordinary and a profiled run. Each run advances the states.
  ///
  /// - Parameters:
  ///   - tensors: Tensors of the plan's shapes and element types, one per input.
  ///   - runs: The number of pairs, 1...``mostProfiledRuns``. The caller should warm the session up before.
  ///   - progress: Called with the index of each pair.
  /// - Throws: ``RuntimeError/input(number:expected:found:)`` if an input does not fit the plan,
  ///   ``RuntimeError/runCount(_:)``.
  public func profile(
    _ tensors: [Tensor], runs: Int = 50, progress: (Int) -> Void = { _ in }
  ) throws(RuntimeError) -> Profile {
    guard (1...Self.mostProfiledRuns).contains(runs) else { throw .runCount(runs) }
    let recorder = StepRecorder(
      stepCount: plan.steps.count, clipCount: plan.repeats, threads: threads, clipsApart: clipsApart)
    let watched = job(recorder)
    var usual: [Double] = []
    var profiled: [Double] = []
    var steps: [[Double]] = []
    var timeline: [Profile.Event] = []
    for run in 0..<runs {
      progress(run)
      // Each kind runs first in half of the pairs.
      for isWatched in [run % 2 == 1, run % 2 == 0] {
        if isWatched { recorder.clear() }
        let begin = Stopwatch.wall.now
        _ = isWatched ? try self.run(all: tensors, watched) : try self.run(tensors)
        let duration = Stopwatch.wall.now - begin
        guard isWatched else {
          usual.append(duration)
          continue
        }
        steps.append(recorder.durations())
        if duration < profiled.min() ?? .infinity { timeline = recorder.timeline(since: begin) }
        profiled.append(duration)
      }
    }
    return Profile(
      isa: plan.isa, threads: threads, inputShapes: plan.inputShapes, runs: runs, latencyMilliseconds: usual.median,
      fastestMilliseconds: usual.min() ?? 0, profiledMilliseconds: profiled.median,
      rows: rows(steps), timeline: timeline)
  }

  /// Returns each step's share of the median run, from the times of all runs.
  private func rows(_ runs: [[Double]]) -> [Profile.Row] {
    let totals = runs.map { $0.reduce(0, +) }
    let shares = plan.records.indices.map { step in
      zip(runs, totals).map { times, total in times[step] / max(total, 1e-9) }.median
    }
    let whole = totals.median / max(shares.reduce(0, +), 1e-9)
    return plan.records.enumerated().map { step, record in
      Profile.Row(
        record: record, milliseconds: shares[step] * whole,
        fastestMilliseconds: runs.reduce(.infinity) { min($0, $1[step]) })
    }
  }
}

extension [Double] {
  /// The middle of the sorted values, the upper one of two; 0 for no values.
  fileprivate var median: Double { isEmpty ? 0 : sorted()[count / 2] }
}
