import CKernels

/// Threads that compute the stages of a job together, one stage after the other.
///
/// A stage is a number of tiles that can be computed in any order. Each worker has a share of them, in proportion to what
/// it did in earlier jobs, and takes tiles from the front of it. A worker without tiles takes those at the back of
/// others' shares, so that a slow or interrupted worker delays a stage by the tiles that it is computing, not by its
/// share. Whoever finishes the last tile of a stage opens the next one.
///
/// The caller is worker 0. Workers without work spin for a while, as work often follows at once, and then park. No lock
/// is taken while others have work to do.
///
/// The conformance is unchecked because what threads share is atomic, guarded by a mutex, or published by opening a stage.
final class ThreadPool: @unchecked Sendable {
  /// Consecutive tiles of a stage, for one worker.
  struct Portion {
    let worker: Int
    let stage: Int
    let tiles: Range<Int>
    /// Whether it begins where the worker's latest portion of this stage ended.
    let isContinued: Bool
  }

  /// The work on a portion.
  typealias Job = (Portion) -> Void

  let workerCount: Int
  private let stages: Stages
  private var threads: [WorkerThread] = []

  /// Starts the threads.
  ///
  /// - Parameters:
  ///   - workerCount: The number of workers, including the caller.
  ///   - limit: How many of them work at the same time.
  ///   - cores: The numbers of the cores that the threads are kept to; empty for all.
  ///   - start: Starts a thread; nil if the system refuses.
  /// - Throws: ``RuntimeError/outOfThreads(requested:started:)``, after the threads that were started have ended.
  init(
    workerCount: Int, limit: ThreadLimit = ThreadLimit(), keptTo cores: [Int] = [],
    startingBy start: (@escaping @Sendable () -> Void) -> WorkerThread? = { WorkerThread($0) }
  ) throws(RuntimeError) {
    self.workerCount = workerCount
    stages = Stages(workerCount: workerCount, limit: limit)
    for worker in 1..<max(1, workerCount) {
      // The thread retains the stages, not the pool, so that the pool's deinit can end the thread.
      let thread = start { [stages] in
        if !cores.isEmpty { va_cpu_keep_to(cores.map { Int32($0) }, cores.count) }
        stages.serve(worker)
      }
      guard let thread else { throw .outOfThreads(requested: workerCount, started: worker) }
      threads.append(thread)
    }
  }

  /// Computes all stages and returns when they are done.
  ///
  /// The parameter is escaping, though the job is not kept after this call: storing a nonescaping closure would
  /// allocate.
  ///
  /// - Parameters:
  ///   - tileCounts: The number of tiles of each stage, 1...``mostTiles``. A stage of one tile is computed by the worker
  ///     that finished the one before.
  ///   - job: Computes a portion.
  func run(_ tileCounts: UnsafeBufferPointer<Int>, _ job: @escaping Job) {
    guard workerCount > 1 else {
      for (stage, count) in tileCounts.enumerated() {
        job(Portion(worker: 0, stage: stage, tiles: 0..<count, isContinued: false))
      }
      return
    }
    stages.run(tileCounts, job)
  }

  /// The largest number of tiles of a stage.
  static var mostTiles: Int { Share.mostTiles }

  /// The number of parked workers.
  var parkedCount: Int { stages.parkedCount }

  /// Makes the workers park at once, as no job follows soon.
  func rest() { stages.rest() }

  deinit {
    stages.end()
    for thread in threads { thread.join() }
  }
}
