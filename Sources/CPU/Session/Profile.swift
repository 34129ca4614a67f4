/// The time of each step of a model's runs, measured by ``Session/profile(_:runs:progress:)``.
public struct Profile: Sendable {
  /// A step of the plan and its time.
  public struct Row: Sendable {
    /// The kernel and the operations of the step.
    public let record: StepRecord
    /// The time from the start of this step to that of the next one in milliseconds, for the whole batch. With several
    /// threads it is that of worker 0, so that waiting for the others counts for the step that is waited for.
    ///
    /// It is the step's share of a run, the median over all profiled runs, times the median time of a run. A slowdown
    /// of whole runs does not change the shares, interruptions that hit single steps are filtered by the median, and
    /// the rows add up to the time of a run.
    public let milliseconds: Double
    /// The shortest time over all runs in milliseconds.
    public let fastestMilliseconds: Double
  }

  /// The work of one worker on a step in one run.
  public struct Event: Sendable {
    /// The index of the step in ``Profile/rows``.
    public let step: Int
    /// The index of the clip in the batch; 0 unless the batch runs clip by clip.
    public let clip: Int
    /// The number of the worker.
    public let worker: Int
    /// The start time in milliseconds from the start of the run.
    public let startMilliseconds: Double
    /// The duration in milliseconds, without waiting for other workers.
    public let durationMilliseconds: Double
  }

  /// The instruction set of the kernels.
  public let isa: ISA
  /// The number of threads that ran the model.
  public let threads: Int
  /// The shapes of the inputs.
  public let inputShapes: [[Int]]
  /// The number of ordinary runs, and of profiled ones.
  public let runs: Int
  /// The median time of an ordinary run in milliseconds.
  public let latencyMilliseconds: Double
  /// The shortest time of an ordinary run in milliseconds.
  public let fastestMilliseconds: Double
  /// The median time of a profiled run in milliseconds; runs of both kinds alternate.
  public let profiledMilliseconds: Double
  /// The steps, in the order in which they run.
  public let rows: [Row]
  /// The events of the fastest profiled run, by worker and time.
  public let timeline: [Event]

  /// The sum of the rows' times in milliseconds.
  public var rowsSumMilliseconds: Double { rows.reduce(0) { $0 + $1.milliseconds } }
  /// The number of multiply-adds in a run.
  public var multiplyAdds: Int { rows.reduce(0) { $0 + $1.record.multiplyAdds } }
}
