import CKernels

/// Lends sessions to whoever runs models, so that many callers share the processor and the memory of few sessions.
///
/// A session is lent for the length of a closure. Callers whose threads would be more than the executor's wait, without spinning, and
/// are served in the order in which they came. Sessions that come back are kept for the next caller, with their threads parked.
///
/// ```swift
/// let scores = try Executor.shared.withSession(of: plan, threads: 2) { try $0.run(clip)[0] }
/// ```
///
/// Idle sessions go when their plan does, when there are more than the executor may keep (the longest idle first), when memory runs
/// out, and with ``dropIdleSessions()``.
public final class Executor: Sendable {
  /// The executor of the process: with as many threads as it may use processors.
  public static let shared = Executor(checkedThreads: processorCount, idleBytes: 256 << 20)

  /// How many threads run models at once.
  public let threads: Int
  /// The most bytes of memory that idle sessions keep together.
  public let idleBytes: Int

  private let slots: Guarded<Slots>
  private let idle = Guarded(IdleSessions())

  /// An executor with threads of its own.
  ///
  /// - Parameters:
  ///   - threads: How many threads run models at once, 1 to 256.
  ///   - idleBytes: The most bytes of memory that idle sessions keep together; 0 keeps none.
  /// - Throws: ``RuntimeError/threadCount(_:)``.
  public convenience init(threads: Int, idleBytes: Int = 256 << 20) throws(RuntimeError) {
    guard Session.threadCounts.contains(threads) else { throw .threadCount(threads) }
    self.init(checkedThreads: threads, idleBytes: idleBytes)
  }

  private init(checkedThreads threads: Int, idleBytes: Int) {
    self.threads = threads
    self.idleBytes = idleBytes
    slots = Guarded(Slots(free: threads))
  }

  /// Lends a session of a plan.
  ///
  /// - Parameters:
  ///   - plan: What the session runs.
  ///   - threads: How many threads run it, 1 to 256. As results depend on the number in their last bits, a session gets as many as
  ///     asked for even where the executor has fewer; it then runs while no other session does.
  ///   - body: Runs the session, which is its own only until it returns; a graph's states begin with their initial values. A call of the executor within it may wait for ever.
  /// - Returns: What `body` returns; tensors of the session's results stay as they are.
  /// - Throws: ``RuntimeError`` if the number of threads makes no sense or there is no memory, and what `body` throws.
  public func withSession<Result>(
    of plan: Plan, threads: Int = 1, _ body: (Session) throws -> Result
  ) throws -> Result {
    guard Session.threadCounts.contains(threads) else { throw RuntimeError.threadCount(threads) }
    let count = min(threads, self.threads)
    let ticket = slots.withLock { $0.drawTicket() }
    slots.wait(until: { $0.serves(ticket, count) }) { $0.take(count) }
    defer { slots.withLock { $0.free += count } }
    let session = try takeIdle(of: plan, threads: threads) ?? makeSession(of: plan, threads: threads)
    defer { keep(session, of: plan) }
    return try body(session)
  }

  /// Gives the memory and the threads of all idle sessions back to the system, as where memory is short.
  public func dropIdleSessions() { _ = idle.withLock { $0.removeAll() } }

  /// How many callers wait for others to end.
  var waitingCallers: Int { slots.withLock { $0.waiting } }

  /// How many sessions wait for their next use, and the bytes of their memory.
  var idleSessions: (count: Int, bytes: Int) { idle.withLock { ($0.entries.count, $0.bytes) } }

  /// Drops the idle sessions of a plan that goes.
  fileprivate func drop(plan: ObjectIdentifier) { _ = idle.withLock { $0.remove { $0.plan == plan } } }

  private func takeIdle(of plan: Plan, threads: Int) -> Session? {
    let session = idle.withLock { $0.take(plan: ObjectIdentifier(plan.holders), threads: threads) }
    session?.resume(plan)
    return session
  }

  private func makeSession(of plan: Plan, threads: Int) throws(RuntimeError) -> Session {
    do {
      return try Session(plan, threads: threads)
    } catch .outOfMemory {
      dropIdleSessions()
      return try Session(plan, threads: threads)
    }
  }

  private func keep(_ session: Session, of plan: Plan) {
    session.rest()
    plan.holders.add(self)
    let entry = IdleSessions.Entry(plan: ObjectIdentifier(plan.holders), session: session)
    // The plan lives until then, or its going would not be noticed. Parked threads cost little, but not nothing.
    withExtendedLifetime(plan) {
      _ = idle.withLock { $0.add(entry, mostBytes: idleBytes, mostThreads: 4 * threads) }
    }
  }
}

/// The executors that may have idle sessions of a plan, which are dropped with the plan that this belongs to.
final class SessionHolders: Sendable {
  private struct Holder { weak var executor: Executor? }
  private let holders = Guarded<[ObjectIdentifier: Holder]>([:])

  func add(_ executor: Executor) {
    holders.withLock { $0[ObjectIdentifier(executor)] = Holder(executor: executor) }
  }

  deinit {
    for holder in holders.withLock({ $0.values }) { holder.executor?.drop(plan: ObjectIdentifier(self)) }
  }
}

/// How many threads more may run, and who is the next to start some.
private struct Slots {
  var free: Int
  private var nextTicket = 0
  private var served = 0

  init(free: Int) { self.free = free }

  mutating func drawTicket() -> Int {
    defer { nextTicket += 1 }
    return nextTicket
  }

  var waiting: Int { nextTicket - served }

  /// Whether it is this ticket's turn and there are as many threads as it needs.
  func serves(_ ticket: Int, _ count: Int) -> Bool { served == ticket && free >= count }

  mutating func take(_ count: Int) {
    free -= count
    served += 1
  }
}

/// Sessions that wait for their next use, the longest idle one first.
///
/// What is removed is returned, for the caller to let go without the lock: ending a session's threads takes a while.
private struct IdleSessions {
  struct Entry {
    /// By whose holders the plan is known: the session itself does not keep it.
    let plan: ObjectIdentifier
    let session: Session
  }

  private(set) var entries: [Entry] = []
  var bytes: Int { entries.reduce(0) { $0 + $1.session.arenaBytes } }
  private var threads: Int { entries.reduce(0) { $0 + $1.session.threads } }

  /// The session that was used last of those that fit.
  mutating func take(plan: ObjectIdentifier, threads: Int) -> Session? {
    guard let index = entries.lastIndex(where: { $0.plan == plan && $0.session.threads == threads }) else { return nil }
    return entries.remove(at: index).session
  }

  mutating func add(_ entry: Entry, mostBytes: Int, mostThreads: Int) -> [Entry] {
    entries.append(entry)
    var removed: [Entry] = []
    while !entries.isEmpty, bytes > mostBytes || threads > mostThreads {
      // One that never fits must not make all others go for nothing.
      let isTooLarge = entry.session.arenaBytes > mostBytes || entry.session.threads > mostThreads
      removed.append(isTooLarge ? entries.removeLast() : entries.removeFirst())
    }
    return removed
  }

  mutating func remove(where matches: (Entry) -> Bool) -> [Entry] {
    let removed = entries.filter(matches)
    entries.removeAll(where: matches)
    return removed
  }

  mutating func removeAll() -> [Entry] { remove { _ in true } }
}

/// How many processors this process may use.
private let processorCount = min(max(Int(va_cpu_count()), 1), Session.threadCounts.upperBound)
