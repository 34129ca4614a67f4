/// Where the time of a model's runs went: made by ``Session/profile(_:runs:progress:)``.
public struct Profile: Sendable {
  /// One step of the plan and its time.
  public struct Row: Sendable {
    /// What the step stands for.
    public let record: StepRecord
    /// The time from this step's start to the next one's, for the whole batch: with threads, worker 0's, so that waiting
    /// for the others counts for the step that is waited for.
    ///
    /// The step's share of a run, the median over all watched runs, times the median run: what slows a run down as a whole
    /// leaves shares as they are, what interrupts it hits a step by chance, and the rows still add up.
    public let milliseconds: Double
    /// The least time of all runs.
    public let fastestMilliseconds: Double
  }

  /// A worker's share of a step in one run.
  public struct Event: Sendable {
    /// The step's number: an index in ``Profile/rows``.
    public let step: Int
    /// Which clip of the batch; 0 unless the batch goes clip by clip.
    public let clip: Int
    /// Who did it.
    public let worker: Int
    /// When it began, from the start of the run.
    public let startMilliseconds: Double
    /// How long it took, without waiting for other workers.
    public let durationMilliseconds: Double
  }

  /// The instructions that the kernels use.
  public let isa: ISA
  /// How many threads ran the model.
  public let threads: Int
  /// The shapes of the inputs.
  public let inputShapes: [[Int]]
  /// How many runs were measured in each way: as usual, and watched.
  public let runs: Int
  /// The median time of a run as usual, without a watch.
  public let latencyMilliseconds: Double
  /// The least time of a run as usual.
  public let fastestMilliseconds: Double
  /// The median time of a watched run; runs of both kinds took turns.
  public let profiledMilliseconds: Double
  /// The steps, in the order in which they run.
  public let rows: [Row]
  /// What each worker did in the fastest of the watched runs, by worker and time.
  public let timeline: [Event]

  /// The sum of the rows' times.
  public var rowsSumMilliseconds: Double { rows.reduce(0) { $0 + $1.milliseconds } }
  /// Multiply-adds of one run.
  public var multiplyAdds: Int { rows.reduce(0) { $0 + $1.record.multiplyAdds } }
}
