import Foundation
import Tensors

/// Works on clips with several threads while the next clips are decoded.
///
/// The calling thread decodes, the others take the clips that wait. If a clip waits for each of them, the calling thread works on
/// the next one itself: so memory is bounded, and no thread idles, whichever of the two takes longer.
struct ClipPipeline {
  /// How many threads there are, the caller's included, and how many run one clip's model.
  let workers: Int, threadsPerClip: Int

  /// A pipeline.
  ///
  /// - Parameters:
  ///   - threads: How many threads may run at once.
  ///   - clips: How many clips there are: where there are fewer than threads, several threads share each.
  init(threads: Int, clips: Int) {
    workers = max(1, min(threads, clips))
    threadsPerClip = max(1, threads) / workers
  }

  /// Makes clips and a result of each.
  ///
  /// - Parameters:
  ///   - work: Works on a clip, on any of the threads.
  ///   - clips: Gives clips, one after the other, each with a number of its own.
  /// - Returns: The results in the order of the numbers, and how long it took to make the clips.
  /// - Throws: What either closure throws. No thread is left then, either.
  func map<Result: Sendable>(
    _ work: @escaping @Sendable (Tensor) throws -> Result,
    clips: (_ add: (Int, Tensor) throws -> Void) throws -> Void
  ) throws -> (results: [Result], decoding: Duration) {
    let queue = ClipQueue<Result>(limit: workers - 1)
    for _ in 1..<workers {
      let thread = Thread { queue.work(work) }
      thread.name = "model"
      // As much as a main thread has, on Apple's systems too.
      thread.stackSize = 8 << 20
      queue.enter()
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

/// What the threads of a pipeline share.
///
/// Unchecked, because everything that changes is touched only while `condition` is locked.
private final class ClipQueue<Result: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private let limit: Int
  private var waiting: [(Int, Tensor)] = []
  private var finished: [Int: Result] = [:]
  private var failure: (any Error)?
  private var threads = 0
  private var hasEnded = false

  /// A queue of at most `limit` clips.
  init(limit: Int) { self.limit = limit }

  func enter() { condition.withLock { threads += 1 } }

  /// Works on clips until there are no more to come.
  func work(_ work: (Tensor) throws -> Result) {
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

  /// Adds a clip if there is room.
  ///
  /// - Throws: What a thread has failed with.
  func add(_ place: Int, _ clip: Tensor) throws -> Bool {
    try condition.withLock {
      if let failure { throw failure }
      guard waiting.count < limit else { return false }
      waiting.append((place, clip))
      condition.signal()
      return true
    }
  }

  /// A clip that waits, for who has none to add any more; nil if there is none.
  func takeLast() throws -> (Int, Tensor)? {
    try condition.withLock {
      if let failure { throw failure }
      return waiting.popLast()
    }
  }

  func finish(_ place: Int, _ result: Result) { condition.withLock { finished[place] = result } }

  /// All results, waited for.
  func results() throws -> [Result] {
    condition.withLock { hasEnded = true }
    waitForThreads()
    return try condition.withLock {
      if let failure { throw failure }
      return finished.sorted { $0.key < $1.key }.map(\.value)
    }
  }

  /// Drops the clips that wait, and waits for the threads to end.
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
