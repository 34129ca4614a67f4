import CPU
import Foundation
import Tensors
import Training

/// Work on many videos, with results in files, which can be stopped at any moment and resumed.
///
/// ```swift
/// let batch = try Batch(
///   BatchList(folder: "videos"), job: .classify(Model("x3d_xs")), files: BatchFiles(results: "classes.jsonl"))
/// try batch.run(.resumed)
/// ```
///
/// Results are in the order of the list and contain no times, so that they are the same however often a batch was stopped.
/// Videos are processed several at a time, each decoded and run by threads of its own; those that are done wait for slower
/// ones before them, ``waitingVideos`` for each thread at most. So memory does not grow with the list, but for the paths.
public struct Batch: Sendable {
  /// How many videos may be begun, for each of those that are processed at the same time, before the first one is finished.
  public static let waitingVideos = 8

  private let list: BatchList
  private let job: BatchJob
  private let files: BatchFiles
  private let shard: Shard

  /// Creates a batch.
  ///
  /// - Parameters:
  ///   - list: The videos.
  ///   - job: What is done with each.
  ///   - files: The files of the results.
  ///   - shard: The part of the list to process.
  public init(_ list: BatchList, job: BatchJob, files: BatchFiles, shard: Shard = .whole) {
    self.list = list
    self.job = job
    self.files = files
    self.shard = shard
  }

  /// Processes the videos that are not finished, and returns once all are, or after a request to stop.
  ///
  /// A video that cannot be used is a failure with a reason, and the others go on.
  ///
  /// - Parameters:
  ///   - start: Whether the batch begins, goes on, or replaces results.
  ///   - jobs: The number of videos that are processed at the same time.
  ///   - progress: Called first, and whenever a video is finished.
  ///   - isStopped: Called repeatedly by several threads; if it returns true, the videos that are being processed are left.
  /// - Returns: What is finished in the end.
  /// - Throws: ``BatchError`` if the files do not allow this start; `FileError` if results cannot be written; what is wrong
  ///   with a model or the machine. All that was finished is kept.
  @discardableResult
  public func run(
    _ start: BatchStart = .new, jobs: Int = 1, progress: (BatchProgress) -> Void = { _ in },
    isStopped: @escaping @Sendable () -> Bool = { false }
  ) throws -> BatchProgress {
    let paths = list.paths[shard.range(of: list.paths.count)]
    let log = try BatchLog(
      files, paths: paths, settings: BatchSettings(job: job, list: list, shard: shard), start: start)
    let (resumed, failed) = log.recovered
    var state = BatchProgress(total: paths.count, resumed: resumed, finished: resumed, failed: failed)
    progress(state)
    let hasEnded = Guarded(false)
    defer { hasEnded.withLock { $0 = true } }
    let interruption: BatchJob.Interruption = {
      if isStopped() || hasEnded.withLock({ $0 }) { throw CancellationError() }
    }
    let rest = paths.dropFirst(resumed).indices
    let workers = OrderedWorkers<BatchOutcome>(jobs: rest, threads: jobs, ahead: Self.waitingVideos * jobs) {
      index, _ in
      try outcome(of: list.paths[index], interruption)
    }
    for path in paths.dropFirst(resumed) {
      do {
        guard let outcome = try workers.next() else { break }
        try log.append(outcome, path: path)
        state.finished += 1
        if case .failure = outcome { state.failed += 1 }
        progress(state)
      } catch is CancellationError {
        break
      }
    }
    try log.synchronize()
    return state
  }

  private func outcome(of path: String, _ interruption: @escaping BatchJob.Interruption) throws -> BatchOutcome {
    try interruption()
    do {
      return .result(try job.result(VideoFile(path: path), interruption))
    } catch let error as any UserFacingError where error.isBadInput {
      guard let reason = VideoFault.reason(error, isAbout: path) else { throw error }
      return .failure(reason)
    }
  }
}
