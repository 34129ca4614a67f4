import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// Threads that run the same job together, and wait for each other inside it at barriers.
///
/// The caller is worker 0. Between jobs the other workers spin for a while, as the next job often follows at once, and
/// then park. No lock is taken while a job runs.
///
/// The conformance is unchecked because the state is atomic or guarded by the mutex, and a job is published by the
/// atomic generation.
final class ThreadPool: @unchecked Sendable {
  /// A job, which each worker calls with its number.
  typealias Job = (_ worker: Int) -> Void

  let workerCount: Int
  private let state: UnsafeMutablePointer<State>
  private var threads: [pthread_t] = []

  private struct State {
    /// The number of jobs; a change starts one, and a negative value ends the threads.
    var generation = va_atomic()
    /// The number of workers that have finished the current job.
    var finished = va_atomic()
    /// The number of workers that have reached the current barrier.
    var arrived = va_atomic()
    /// The number of barriers passed.
    var phase = va_atomic()
    /// The number of workers that are parked.
    var parked = va_atomic()
    /// Nonzero if no job follows soon, so that workers park without spinning.
    var resting = va_atomic()
    var mutex = pthread_mutex_t()
    var wakeUp = pthread_cond_t()
    var job: Job?
  }

  /// The number of times that a worker polls for a job before it parks: some hundreds of microseconds.
  private static let spinLimit = 20_000
  /// The number of times that a worker inside a job polls before it yields its processor at each poll.
  private static let patience = 2_000

  init(workerCount: Int) {
    self.workerCount = workerCount
    state = .allocate(capacity: 1)
    state.initialize(to: State())
    pthread_mutex_init(&state.pointee.mutex, nil)
    pthread_cond_init(&state.pointee.wakeUp, nil)
    for worker in 1..<max(1, workerCount) { start(worker) }
  }

  private func start(_ worker: Int) {
    // The thread retains the state, not the pool, so that the pool's deinit can end the thread.
    let context = Unmanaged.passRetained(Context(state: state, worker: worker))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let code = pthread_create(&thread, nil, { threadMain($0) }, context.toOpaque())
    precondition(code == 0, "a thread cannot be started (error \(code))")
    #if canImport(Darwin)
      if let thread { threads.append(thread) }
    #else
      threads.append(thread)
    #endif
  }

  /// Runs `job` on all workers and returns when all are done.
  ///
  /// The parameter is escaping, though the job is not kept after this call: storing a nonescaping closure would
  /// allocate.
  func run(_ job: @escaping Job) {
    guard workerCount > 1 else { return job(0) }
    state.pointee.job = job
    va_atomic_store(&state.pointee.finished, 0)
    va_atomic_store(&state.pointee.resting, 0)
    _ = va_atomic_add(&state.pointee.generation, 1)
    wakeParked()
    job(0)
    Self.spin { va_atomic_load(&state.pointee.finished) == Int32(workerCount - 1) }
    state.pointee.job = nil
  }

  /// The number of parked workers.
  var parkedCount: Int { Int(va_atomic_load(&state.pointee.parked)) }

  /// Makes the workers park at once, as no job follows soon.
  func rest() { va_atomic_store(&state.pointee.resting, 1) }

  /// Waits until all workers of the current job have reached the barrier. Writes before it are visible to all workers
  /// after it.
  func barrier() {
    guard workerCount > 1 else { return }
    let phase = va_atomic_load(&state.pointee.phase)
    if va_atomic_add(&state.pointee.arrived, 1) == Int32(workerCount) {
      va_atomic_store(&state.pointee.arrived, 0)
      va_atomic_store(&state.pointee.phase, phase &+ 1)
    } else {
      Self.spin { va_atomic_load(&state.pointee.phase) != phase }
    }
  }

  /// Waits inside a job. As the others are running, the wait is short; if there are fewer processors than workers, it
  /// yields this one to them.
  private static func spin(until isOver: () -> Bool) {
    var looks = 0
    while !isOver() {
      looks += 1
      if looks < patience { va_spin_hint() } else { sched_yield() }
    }
  }

  private func wakeParked() {
    guard va_atomic_load(&state.pointee.parked) > 0 else { return }
    pthread_mutex_lock(&state.pointee.mutex)
    pthread_cond_broadcast(&state.pointee.wakeUp)
    pthread_mutex_unlock(&state.pointee.mutex)
  }

  deinit {
    va_atomic_store(&state.pointee.generation, -1)
    pthread_mutex_lock(&state.pointee.mutex)
    pthread_cond_broadcast(&state.pointee.wakeUp)
    pthread_mutex_unlock(&state.pointee.mutex)
    for thread in threads { pthread_join(thread, nil) }
    pthread_cond_destroy(&state.pointee.wakeUp)
    pthread_mutex_destroy(&state.pointee.mutex)
    state.deinitialize(count: 1)
    state.deallocate()
  }

  private final class Context {
    let state: UnsafeMutablePointer<State>
    let worker: Int
    init(state: UnsafeMutablePointer<State>, worker: Int) {
      self.state = state
      self.worker = worker
    }

    func loop() {
      var seen: Int32 = 0
      while true {
        let generation = next(after: seen)
        if generation < 0 { return }
        seen = generation
        state.pointee.job?(worker)
        _ = va_atomic_add(&state.pointee.finished, 1)
      }
    }

    /// Returns the generation that follows `seen`; spins, then parks, until there is one.
    private func next(after seen: Int32) -> Int32 {
      for _ in 0..<ThreadPool.spinLimit {
        let generation = va_atomic_load(&state.pointee.generation)
        if generation != seen { return generation }
        if va_atomic_load(&state.pointee.resting) != 0 { break }
        va_spin_hint()
      }
      pthread_mutex_lock(&state.pointee.mutex)
      defer { pthread_mutex_unlock(&state.pointee.mutex) }
      // Counted before the last poll: a caller that starts a job after that poll sees the count and wakes this thread.
      _ = va_atomic_add(&state.pointee.parked, 1)
      defer { _ = va_atomic_add(&state.pointee.parked, -1) }
      while va_atomic_load(&state.pointee.generation) == seen {
        pthread_cond_wait(&state.pointee.wakeUp, &state.pointee.mutex)
      }
      return va_atomic_load(&state.pointee.generation)
    }
  }

  private static func main(_ context: UnsafeMutableRawPointer) {
    Unmanaged<Context>.fromOpaque(context).takeRetainedValue().loop()
  }

  fileprivate static func entry(_ context: UnsafeMutableRawPointer?) {
    if let context { main(context) }
  }
}

#if canImport(Darwin)
  private func threadMain(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    ThreadPool.entry(context)
    return nil
  }
#else
  private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    ThreadPool.entry(context)
    return nil
  }
#endif
