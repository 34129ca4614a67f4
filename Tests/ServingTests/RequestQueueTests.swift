import CPU
import Testing

@testable import Serving

/// Requests have their turns in order, and those for which there is no room are refused.
@Suite struct RequestQueueTests {
  @Test("no more requests compute than there are turns, and all are answered")
  func turns() async throws {
    let queue = RequestQueue(turns: 2, capacity: 32, timeLimit: .seconds(60))
    let running = Guarded((now: 0, most: 0))
    try await withThrowingTaskGroup(of: Int.self) { group in
      for index in 0..<20 {
        group.addTask {
          try await queue.run { turn in
            running.withLock { ($0.now, $0.most) = ($0.now + 1, max($0.most, $0.now + 1)) }
            defer { running.withLock { $0.now -= 1 } }
            for _ in 0..<10 { try turn.check() }
            return index
          }
        }
      }
      var answered: Set<Int> = []
      for try await index in group { answered.insert(index) }
      #expect(answered == Set(0..<20))
    }
    #expect(running.withLock { $0.most } <= 2)
    #expect(queue.count == 0)
  }

  @Test("a request beyond the capacity is refused at once, with a time to try again")
  func capacity() async throws {
    let queue = RequestQueue(turns: 1, capacity: 2, timeLimit: .seconds(60))
    let mayEnd = Guarded(false)
    let first = [0, 1].map { _ in Task { try await queue.run { _ in mayEnd.wait(until: { $0 }) { _ in } } } }
    while queue.count < 2 { await Task.yield() }
    let error = await #expect(throws: ServingError.self) { try await queue.run { _ in } }
    guard case .busy(_, let seconds)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(seconds >= 1)
    mayEnd.withLock { $0 = true }
    for task in first { try await task.value }
    try await queue.run { _ in }
  }

  @Test("a request that waits for its turn, or computes, ends when its task is cancelled")
  func cancellation() async throws {
    let queue = RequestQueue(turns: 1, capacity: 8, timeLimit: .seconds(60))
    let hasBegun = Guarded(false)
    let computing = Task {
      try await queue.run { turn in
        hasBegun.withLock { $0 = true }
        // Without letting others go first.
        while true { try turn.checkCancellation() }
      }
    }
    while !hasBegun.withLock({ $0 }) { await Task.yield() }
    let waiting = Task { try await queue.run { _ in Issue.record("it was given up") } }
    while queue.count < 2 { await Task.yield() }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    computing.cancel()
    await #expect(throws: CancellationError.self) { try await computing.value }
    #expect(try await queue.run { _ in 1 } == 1)
  }

  @Test("a request that waits for something else lets others compute, and does not use up its time")
  func pause() async throws {
    let queue = RequestQueue(turns: 1, capacity: 8, timeLimit: .seconds(60))
    let other = Guarded(false)
    let start = ContinuousClock.now
    let paused = Task {
      try await queue.run { turn in
        try turn.pause { other.wait(until: { $0 }) { _ in } }
        try turn.check()
        return turn.used
      }
    }
    while queue.count < 1 { await Task.yield() }
    try await queue.run { _ in }
    try await Task.sleep(for: .milliseconds(50))
    try await queue.run { _ in other.withLock { $0 = true } }
    #expect(try await paused.value < ContinuousClock.now - start - .milliseconds(50))
  }

  @Test("a request that computes for too long is ended")
  func timeLimit() async {
    let queue = RequestQueue(turns: 1, capacity: 8, timeLimit: .milliseconds(20))
    await #expect(throws: ServingError.takesTooLong(seconds: 0.02)) {
      try await queue.run { turn in while true { try turn.check() } }
    }
  }

  @Test("bytes that are taken are given back, and more than there are is refused")
  func bytes() throws {
    let budget = ByteBudget(100, for: "memory")
    try budget.take(60)
    #expect(throws: ServingError.self) { try budget.take(41) }
    try budget.take(40)
    budget.give(100)
    #expect(budget.used == 0)
  }
}
