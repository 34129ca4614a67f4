import Foundation
import Tensors

/// Processes clips with several threads while the next clips are decoded.
///
/// The calling thread decodes; the others process the queued clips. When the queue has a clip for each of them, the
/// calling thread processes the next clip itself: this bounds memory, and keeps all threads busy whichever of the two
/// takes longer.
struct ClipPipeline {
  /// The number of threads, including the caller's, and the number of threads that share a clip.
  let workers: Int, threadsPerClip: Int

  /// Creates a pipeline.
  ///
  /// - Parameters:
  ///   - threads: The number of threads that may run at once.
  ///   - clips: The number of clips; if there are fewer than threads, several threads share each clip.
  init(threads: Int, clips: Int) {
    workers = max(1, min(threads, clips))
    threadsPerClip = max(1, threads) / workers
  }

  /// Makes clips, and returns a result for each.
  ///
  /// - Parameters:
  ///   - work: Called with each clip, on any of the threads; returns its result.
  ///   - clips: Makes the clips, and passes each with its number to `add`.
  /// - Returns: The results in the order of the numbers, and the time that making the clips took.
  /// - Throws: What either closure throws, after all threads have ended.
  func map<Result: Sendable>(
    _ work: @escaping @Sendable (Tensor) throws -> Result,
    clips: (_ add: (Int, Tensor) throws -> Void) throws -> Void
  ) throws -> (results: [Result], decoding: Duration) {
    let queue = ClipQueue<Result>(limit: workers - 1)
    for _ in 1..<workers {
      let thread = Thread { queue.work(work) }
      thread.name = "model"
      // The size of a main thread's stack; Apple's systems give other threads less.
      thread.stackSize = 8 << 20
      thread.start()
    }
    defer { queue.end() }
    let clock = ContinuousClock()
    var decoding = Duration.zero
    var start = clock.now
    try clips { place, clip in
      decoding += clock.now - start
      if try !queue.add(place, clip) { queue.finish(place, try work(clip)) }
      start = clock.now
    }
    decoding += clock.now - start
    while let (place, clip) = try queue.takeLast() { queue.finish(place, try work(clip)) }
    return (try queue.results(), decoding)
  }
}

/// The state that the threads of a pipeline share.
///
/// The conformance is unchecked because all mutable properties are accessed only while `condition` is locked.
private final class ClipQueue<Result: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private let limit: Int
  private var waiting: [(Int, Tensor)] = []
  private var finished: [Int: Result] = [:]
  private var failure: (any Error)?
  private var threads = 0
  private var hasEnded = false

  /// Creates a queue of at most `limit` clips.
  init(limit: Int) { self.limit = limit }

  /// Counts the calling thread, if there is work for it.
  ///
  /// A thread is counted once it runs: one that the system could not start is not waited for.
  private func enter() -> Bool {
    condition.withLock {
      if !hasEnded { threads += 1 }
      return !hasEnded
    }
  }

  /// Processes clips until there are no more to come.
  func work(_ work: (Tensor) throws -> Result) {
    guard enter() else { return }
    do {
      while let (place, clip) = take() { finish(place, try work(clip)) }
    } catch {
      condition.withLock { failure = failure ?? error }
    }
    condition.withLock { threads -= 1 }
    condition.broadcast()
  }

  private func take() -> (Int, Tensor)? {
    condition.withLock {
      while waiting.isEmpty, !hasEnded { condition.wait() }
      return waiting.isEmpty ? nil : waiting.removeFirst()
    }
  }

  /// Adds a clip, or returns false if the queue is full.
  ///
  /// - Throws: The error of a thread that failed.
  func add(_ place: Int, _ clip: Tensor) throws -> Bool {
    try condition.withLock {
      if let failure { throw failure }
      guard waiting.count < limit else { return false }
      waiting.append((place, clip))
      condition.signal()
      return true
    }
  }

  /// Returns a queued clip to the thread that made them, after the last one; nil if there is none.
  func takeLast() throws -> (Int, Tensor)? {
    try condition.withLock {
      if let failure { throw failure }
      return waiting.popLast()
    }
  }

  func finish(_ place: Int, _ result: Result) { condition.withLock { finished[place] = result } }

  /// Waits for all results, and returns them.
  func results() throws -> [Result] {
    condition.withLock { hasEnded = true }
    waitForThreads()
    return try condition.withLock {
      if let failure { throw failure }
      return finished.sorted { $0.key < $1.key }.map(\.value)
    }
  }

  /// Drops the queued clips, and waits for the threads to end.
  func end() {
    condition.withLock {
      hasEnded = true
      waiting = []
    }
    waitForThreads()
  }

  private func waitForThreads() {
    condition.broadcast()
    condition.withLock { while threads > 0 { condition.wait() } }
  }
}
