import Foundation

/// Threads that do jobs 0, 1, 2, … ahead of who takes the results, which come in the order of the jobs.
///
/// At most `ahead` results wait. The threads end when all is done, when a job fails, or soon after this object goes.
package final class OrderedWorkers<Result: Sendable> {
  /// Does a job; asks `isCancelled` now and then, where it takes long.
  package typealias Job = @Sendable (_ index: Int, _ isCancelled: () -> Bool) throws -> Result

  private let queue: JobQueue<Result>
  /// What the threads hold as long as they run, for tests.
  var shared: AnyObject { queue }

  package init(jobs: Range<Int>, threads: Int, ahead: Int, _ job: @escaping Job) {
    let queue = JobQueue<Result>(jobs: jobs, ahead: max(ahead, 1))
    self.queue = queue
    for number in 0..<min(max(threads, 1), jobs.count) {
      let thread = Thread { queue.work(job) }
      thread.name = "clips \(number)"
      // As much as a main thread has: decoders are not made for the half megabyte that other threads get on Apple's systems.
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  deinit { queue.cancel() }

  /// The next job's result, waited for; nil after the last one.
  ///
  /// - Throws: What that job threw; after it there are no results.
  package func next() throws -> Result? { try queue.next() }
}

/// What the threads and who takes the results share.
///
/// Unchecked, because everything that changes is touched only while `condition` is locked.
private final class JobQueue<Result: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private let jobs: Range<Int>
  private let ahead: Int
  /// The first job that nobody does yet, and the first whose result has not been taken.
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

  /// Does jobs until there are no more.
  func work(_ job: OrderedWorkers<Result>.Job) {
    while let index = takeJob() {
      // The memory that Foundation's calls leave behind goes with each job, not with the thread.
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

/// Runs `body` in an autorelease pool, where there are such.
private func withReleasedMemory<Result>(_ body: () -> Result) -> Result {
  #if canImport(ObjectiveC)
    autoreleasepool(invoking: body)
  #else
    body()
  #endif
}
