import CPU
import VideoAccelerator

/// Lets a limited number of requests compute at the same time, in the order in which they came; others wait, up to a limit.
///
/// Each request has a thread of its own, so that code that decodes and runs models is ordinary code. A thread that
/// computes has a *turn*. It gives the turn back while it waits for an upload, and lets others go first when it has computed for
/// 100 ms, so that a long video keeps no short one waiting.
public final class RequestQueue: Sendable {
  /// The time that a request computes before others that wait have their turn.
  static let slice = Duration.milliseconds(100)

  /// The number of requests that compute at the same time.
  public let turns: Int
  /// The number of requests that are taken, computing and waiting.
  public let capacity: Int
  /// The time that a request may compute.
  public let timeLimit: Duration
  private let line: Guarded<Line>

  /// Creates a queue.
  ///
  /// - Parameters:
  ///   - turns: The number of requests that compute at the same time.
  ///   - capacity: The number of requests that are taken, computing and waiting; others are refused.
  ///   - timeLimit: The time that a request may compute.
  public init(turns: Int, capacity: Int, timeLimit: Duration) {
    (self.turns, self.capacity, self.timeLimit) = (turns, capacity, timeLimit)
    line = Guarded(Line(free: turns))
  }

  /// The requests that were taken and are not finished.
  public var count: Int { line.withLock { $0.requests } }

  /// Checks that there is room for another request.
  ///
  /// - Throws: ``ServingError/busy(_:seconds:)``.
  public func checkRoom() throws { try line.withLock { try checkRoom($0) } }

  private func checkRoom(_ line: Line) throws {
    guard line.requests >= capacity else { return }
    throw ServingError.busy("this server has \(capacity) requests already", seconds: line.delay(turns: turns))
  }

  /// Runs a request's work, on a thread of its own.
  ///
  /// - Parameter work: The work; it must call ``Turn/check()`` repeatedly.
  /// - Throws: ``ServingError/busy(_:seconds:)`` without a call of `work`; ``ServingError/takesTooLong(seconds:)``,
  ///   `CancellationError` soon after the task is cancelled, and what `work` throws.
  public func run<Result: Sendable>(_ work: @escaping @Sendable (Turn) throws -> Result) async throws -> Result {
    try line.withLock { line in
      try checkRoom(line)
      line.requests += 1
    }
    defer { line.withLock { $0.requests -= 1 } }
    let isCancelled = Guarded(false)
    return try await withTaskCancellationHandler {
      try await onOwnThread { [self] _ in
        let turn = Turn(self, isCancelled: isCancelled)
        try turn.begin()
        defer {
          turn.end()
          line.withLock { $0.note(turn.used) }
        }
        return try Turn.$current.withValue(turn) { try work(turn) }
      }
    } onCancel: {
      isCancelled.withLock { $0 = true }
      // Whoever waits for a turn looks again.
      line.withLock { _ in }
    }
  }

  /// Waits for a turn.
  ///
  /// - Throws: `CancellationError` if `isCancelled` returns true before.
  fileprivate func take(_ isCancelled: () -> Bool) throws {
    let ticket = line.withLock { $0.draw() }
    try line.wait(until: { $0.serves(ticket) || isCancelled() }) { line in
      let isServed = line.serves(ticket)
      line.leave(ticket)
      guard isServed else { throw CancellationError() }
      line.free -= 1
    }
  }

  /// Gives a turn back.
  fileprivate func give() { line.withLock { $0.free += 1 } }

  /// Counts a request again that had left its place to others, or the other way round.
  fileprivate func count(_ change: Int) { line.withLock { $0.requests += change } }

  fileprivate var othersWait: Bool { line.withLock { !$0.tickets.isEmpty } }
}

/// The turns that are free, and those who wait for one.
private struct Line {
  var free: Int
  var requests = 0
  /// Those who wait, in order.
  private(set) var tickets: [Int] = []
  private var nextTicket = 0
  /// A running mean of the time that requests compute, in seconds.
  private var meanSeconds = 0.1

  init(free: Int) { self.free = free }

  mutating func draw() -> Int {
    defer { nextTicket += 1 }
    tickets.append(nextTicket)
    return nextTicket
  }

  func serves(_ ticket: Int) -> Bool { free > 0 && tickets.first == ticket }

  mutating func leave(_ ticket: Int) { tickets.removeAll { $0 == ticket } }

  mutating func note(_ used: Duration) { meanSeconds += (used / .seconds(1) - meanSeconds) / 16 }

  /// The seconds after which there may be room: the time that all take, divided among the turns.
  func delay(turns: Int) -> Int {
    Int(min(max((meanSeconds * Double(requests) / Double(max(turns, 1))).rounded(.up), 1), 60))
  }
}

/// A request's turn to compute. It belongs to the request's thread.
///
/// The conformance is unchecked because only that thread uses what changes.
public final class Turn: @unchecked Sendable {
  /// The turn of the request whose thread calls.
  @TaskLocal static var current: Turn?

  private let queue: RequestQueue
  private let isCancelled: Guarded<Bool>
  /// When the turn began; nil while it is given back.
  private var start: ContinuousClock.Instant?
  /// When others were last let go first.
  private var sliceStart = ContinuousClock.now
  private var earlier = Duration.zero

  fileprivate init(_ queue: RequestQueue, isCancelled: Guarded<Bool>) {
    (self.queue, self.isCancelled) = (queue, isCancelled)
  }

  /// The time that the request has computed.
  public var used: Duration { earlier + (start.map { .now - $0 } ?? .zero) }

  /// Lets others go first if it is their turn.
  ///
  /// - Throws: ``ServingError/takesTooLong(seconds:)``; `CancellationError` if the request was given up.
  public func check() throws {
    try checkCancellation()
    guard used <= queue.timeLimit else { throw ServingError.takesTooLong(seconds: queue.timeLimit / .seconds(1)) }
    guard start != nil, .now - sliceStart > RequestQueue.slice, queue.othersWait else { return }
    try pause {}
  }

  /// Gives the turn back while `body` waits for something that does not depend on this request's computing.
  public func pause<Result>(_ body: () throws -> Result) throws -> Result {
    end()
    let result = try body()
    try begin()
    return result
  }

  /// Gives the turn back while `body` waits for the client, and leaves its place in the queue to others: slow clients must not keep
  /// fast ones out.
  func waitForClient<Result>(_ body: () throws -> Result) throws -> Result {
    try pause {
      queue.count(-1)
      defer { queue.count(1) }
      return try body()
    }
  }

  /// Counts time that another thread has computed for this request.
  func add(_ time: Duration) { earlier += time }

  /// Throws `CancellationError` if the request was given up.
  public func checkCancellation() throws {
    if isCancelled.withLock({ $0 }) { throw CancellationError() }
  }

  fileprivate func begin() throws {
    try queue.take { isCancelled.withLock { $0 } }
    (start, sliceStart) = (.now, .now)
  }

  fileprivate func end() {
    guard let start else { return }
    earlier += .now - start
    self.start = nil
    queue.give()
  }
}
