import Foundation

/// Threads that do jobs 0, 1, 2, … ahead of who takes the results, which come in the order of the jobs.
///
/// At most `ahead` results wait. The threads end when all is done, when a job fails, or soon after this object goes.
package final class OrderedWorkers<Result: Sendable> {
  /// A job, which checks `isCancelled` now and then if it takes long.
  package typealias Job = @Sendable (_ index: Int, _ isCancelled: () -> Bool) throws -> Result

  private let queue: JobQueue<Result>
  /// The object that the threads hold as long as they run, for tests.
  var shared: AnyObject { queue }

  package init(jobs: Range<Int>, threads: Int, ahead: Int, _ job: @escaping Job) {
    let queue = JobQueue<Result>(jobs: jobs, ahead: max(ahead, 1))
    self.queue = queue
    for number in 0..<min(max(threads, 1), jobs.count) {
      let thread = Thread { queue.work(job) }
      thread.name = "clips \(number)"
      // The stack of a main thread: decoders need more than the half megabyte that other threads get on Apple's
      // systems.
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  deinit { queue.cancel() }

  /// Waits for the next job's result, and returns it; nil after the last one.
  ///
  /// - Throws: What that job threw; there are no results after it.
  package func next() throws -> Result? { try queue.next() }
}

/// What the threads share with the consumer.
///
/// Unchecked, because everything that changes is touched only while `condition` is locked.
private final class JobQueue<Result: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private let jobs: Range<Int>
  private let ahead: Int
  /// The first job that has not been started, and the first whose result has not been taken.
  private var nextJob: Int
  private var nextResult: Int
  private var results: [Int: Swift.Result<Result, any Error>] = [:]
  private var isCancelled = false

  init(jobs: Range<Int>, ahead: Int) {
    self.jobs = jobs
    self.ahead = ahead
    nextJob = jobs.lowerBound
    nextResult = jobs.lowerBound
  }

  func cancel() {
    condition.withLock { isCancelled = true }
    condition.broadcast()
  }

  /// Runs jobs until there are none left.
  func work(_ job: OrderedWorkers<Result>.Job) {
    while let index = takeJob() {
      // Memory from Foundation's calls is released with each job, not with the thread.
      let result = withReleasedMemory { Swift.Result { try job(index) { condition.withLock { isCancelled } } } }
      condition.withLock { results[index] = result }
      condition.broadcast()
    }
  }

  private func takeJob() -> Int? {
    condition.withLock {
      while !isCancelled, nextJob < jobs.upperBound, nextJob >= nextResult + ahead { condition.wait() }
      guard !isCancelled, nextJob < jobs.upperBound else { return nil }
      defer { nextJob += 1 }
      return nextJob
    }
  }

  func next() throws -> Result? {
    let result: Swift.Result<Result, any Error>? = condition.withLock {
      guard nextResult < jobs.upperBound, !isCancelled else { return nil }
      while results[nextResult] == nil { condition.wait() }
      let result = results.removeValue(forKey: nextResult)
      nextResult += 1
      if case .failure = result { isCancelled = true }
      return result
    }
    condition.broadcast()
    return try result?.get()
  }
}

/// Runs `body` in an autorelease pool, on systems that have them.
private func withReleasedMemory<Result>(_ body: () -> Result) -> Result {
  #if canImport(ObjectiveC)
    autoreleasepool(invoking: body)
  #else
    body()
  #endif
}
