import Tensors

extension Session {
  /// The most runs that a profile is made of.
  public static let mostProfiledRuns = 10_000

  /// Measures each step of the plan: pairs of a run as usual and one with a watch take turns. Each
  /// advances the states as any run does.
  ///
  /// - Parameters:
  ///   - tensors: tensors of the plan's shapes and element types, one per input.
  ///   - runs: how many pairs are measured, 1 to ``mostProfiledRuns``; runs before the first measured ones are the caller's.
  ///   - progress: called with the number of each pair, from 0.
  /// - Throws: ``RuntimeError/input(number:expected:found:)`` if an input is not what the plan is made for,
  ///   ``RuntimeError/runCount(_:)``.
  public func profile(
    _ tensors: [Tensor], runs: Int = 50, progress: (Int) -> Void = { _ in }
  ) throws(RuntimeError) -> Profile {
    guard (1...Self.mostProfiledRuns).contains(runs) else { throw .runCount(runs) }
    let recorder = StepRecorder(
      stepCount: plan.steps.count, clipCount: plan.repeats, threads: threads, clipsApart: clipsApart)
    let watched = job(recorder)
    let clock = ContinuousClock()
    var usual: [Double] = []
    var profiled: [Double] = []
    var steps: [[Double]] = []
    var timeline: [Profile.Event] = []
    for run in 0..<runs {
      progress(run)
      // Each kind goes first half of the time.
      for isWatched in [run % 2 == 1, run % 2 == 0] {
        if isWatched { recorder.clear() }
        let begin = clock.now
        _ = isWatched ? try self.run(all: tensors, watched) : try self.run(tensors)
        let duration = (clock.now - begin).milliseconds
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

  /// The steps' shares of the median run, from their times in all runs.
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
  /// The middle of the sorted values, the upper one of two; 0 without values.
  fileprivate var median: Double { isEmpty ? 0 : sorted()[count / 2] }
}
