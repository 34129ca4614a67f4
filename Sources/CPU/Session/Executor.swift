import CKernels

/// Provides sessions to callers that run models, so that many callers share the processor and the memory of a few
/// sessions.
///
/// A caller has a session for the duration of a closure. If the executor does not have enough free threads, callers
/// wait without spinning, and are served in order of arrival. Sessions are kept for later callers, with their threads
/// parked.
///
/// ```swift
/// let scores = try Executor.shared.withSession(of: plan, threads: 2) { try $0.run(clip)[0] }
/// ```
///
/// Idle sessions are released together with their plan, when they exceed the executor's limits (the longest idle
/// first), when memory or threads run out, and by ``dropIdleSessions()``.
public final class Executor: Sendable {
  /// The executor of the process, with a thread for each processor that the process may use.
  public static let shared = Executor(checkedThreads: processorCount, idleBytes: 256 << 20)

  /// The number of threads that run models at once.
  public let threads: Int
  /// The largest total size of the idle sessions' memory in bytes.
  public let idleBytes: Int

  private let slots: Guarded<Slots>
  private let idle = Guarded(IdleSessions())

  /// Creates an executor with threads of its own.
  ///
  /// - Parameters:
  ///   - threads: The number of threads that run models at once, 1...256.
  ///   - idleBytes: The largest total size of the idle sessions' memory in bytes; 0 keeps none.
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

  /// Calls `body` with a session of a plan.
  ///
  /// - Parameters:
  ///   - plan: The plan that the session runs.
  ///   - threads: The number of threads of the session, 1...256; as many as requested even if the executor has fewer. The
  ///     session then runs while no other one does.
  ///   - body: Runs the session, which it must not use after it returns; the states of the graph have their initial
  ///     values. Calling the executor inside of it can deadlock.
  /// - Returns: What `body` returns; later runs of the session do not change its result tensors.
  /// - Throws: ``RuntimeError`` if the number of threads is out of range, memory runs out or the system refuses to start a
  ///   thread, and what `body` throws.
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

  /// Releases the memory and the threads of all idle sessions, for example when memory is short.
  public func dropIdleSessions() { _ = idle.withLock { $0.removeAll() } }

  /// The number of callers that wait.
  var waitingCallers: Int { slots.withLock { $0.waiting } }

  /// The number of idle sessions, and the size of their memory in bytes.
  var idleSessions: (count: Int, bytes: Int) { idle.withLock { ($0.entries.count, $0.bytes) } }

  /// Releases the idle sessions of a plan that is being deallocated.
  fileprivate func drop(plan: ObjectIdentifier) { _ = idle.withLock { $0.remove { $0.plan == plan } } }

  private func takeIdle(of plan: Plan, threads: Int) -> Session? {
    let session = idle.withLock { $0.take(plan: ObjectIdentifier(plan.holders), threads: threads) }
    session?.resume(plan)
    return session
  }

  private func makeSession(of plan: Plan, threads: Int) throws(RuntimeError) -> Session {
    do {
      return try Session(plan, threads: threads)
    } catch {
      // Idle sessions have memory and threads.
      guard !error.isBadInput else { throw error }
      dropIdleSessions()
      return try Session(plan, threads: threads)
    }
  }

  private func keep(_ session: Session, of plan: Plan) {
    session.rest()
    plan.holders.add(self)
    let entry = IdleSessions.Entry(plan: ObjectIdentifier(plan.holders), session: session)
    // The plan must outlive this, or its deallocation would not be noticed. Even parked threads have a cost.
    withExtendedLifetime(plan) {
      _ = idle.withLock { $0.add(entry, mostBytes: idleBytes, mostThreads: 4 * threads) }
    }
  }
}

/// The executors that may have idle sessions of a plan; it belongs to the plan, and releases these sessions with it.
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

/// The number of threads that are free, and the ticket of the next caller.
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

  /// Returns whether it is this ticket's turn and enough threads are free.
  func serves(_ ticket: Int, _ count: Int) -> Bool { served == ticket && free >= count }

  mutating func take(_ count: Int) {
    free -= count
    served += 1
  }
}

/// The idle sessions, the longest idle one first.
///
/// Sessions that are removed are returned, so that the caller releases them without the lock: ending a session's
/// threads takes time.
private struct IdleSessions {
  struct Entry {
    /// The identity of the plan's holders, as an idle session does not retain its plan.
    let plan: ObjectIdentifier
    let session: Session
  }

  private(set) var entries: [Entry] = []
  var bytes: Int { entries.reduce(0) { $0 + $1.session.arenaBytes } }
  private var threads: Int { entries.reduce(0) { $0 + $1.session.threads } }

  /// Returns the most recently used session that fits, or nil.
  mutating func take(plan: ObjectIdentifier, threads: Int) -> Session? {
    guard let index = entries.lastIndex(where: { $0.plan == plan && $0.session.threads == threads }) else { return nil }
    return entries.remove(at: index).session
  }

  mutating func add(_ entry: Entry, mostBytes: Int, mostThreads: Int) -> [Entry] {
    entries.append(entry)
    var removed: [Entry] = []
    while !entries.isEmpty, bytes > mostBytes || threads > mostThreads {
      // A session that never fits must not evict all others in vain.
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

/// The number of processors that this process may use.
private let processorCount = min(max(Int(va_cpu_count()), 1), Session.threadCounts.upperBound)
