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

/// A few threads that run the same job together, and wait for each other inside it at a barrier.
///
/// The caller is worker 0. Between jobs the others spin for a while, as the next job often follows at once, and then park
/// until they are needed. No lock is taken while a job runs.
///
/// Unchecked, because its state is atomic or guarded by the mutex, and a job is handed over by the atomic generation.
final class ThreadPool: @unchecked Sendable {
  /// Called by every worker, with its number.
  typealias Job = (_ worker: Int) -> Void

  let workerCount: Int
  private let state: UnsafeMutablePointer<State>
  private var threads: [pthread_t] = []

  private struct State {
    /// Counts jobs; a change starts one. Negative: the threads are to end.
    var generation = va_atomic()
    /// Workers that have finished the current job.
    var finished = va_atomic()
    /// Workers that have come to the current barrier.
    var arrived = va_atomic()
    /// Counts barriers passed.
    var phase = va_atomic()
    /// Workers that are parked.
    var parked = va_atomic()
    /// Not 0: no job follows soon, so that workers park without spinning first.
    var resting = va_atomic()
    var mutex = pthread_mutex_t()
    var wakeUp = pthread_cond_t()
    var job: Job?
  }

  /// How many times a worker without a job looks before it parks: some hundreds of microseconds.
  private static let spinLimit = 20_000
  /// How many times a worker inside a job looks before it offers its processor to others at each look.
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
    // The thread holds the state, not the pool, so that the pool's end can end the thread.
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
  /// The job escapes, though not for longer than this call: keeping one that does not would allocate.
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

  /// How many workers are parked.
  var parkedCount: Int { Int(va_atomic_load(&state.pointee.parked)) }

  /// Lets the workers park at once, as no job follows soon.
  func rest() { va_atomic_store(&state.pointee.resting, 1) }

  /// Waits until all workers of the current job have come here. Their writes before it are seen by all after it.
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

  /// Waits inside a job: the others are at work, so the wait is short; where there are fewer processors than workers it
  /// lets them have this one.
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

    /// The generation that follows `seen`: spins, then parks.
    private func next(after seen: Int32) -> Int32 {
      for _ in 0..<ThreadPool.spinLimit {
        let generation = va_atomic_load(&state.pointee.generation)
        if generation != seen { return generation }
        if va_atomic_load(&state.pointee.resting) != 0 { break }
        va_spin_hint()
      }
      pthread_mutex_lock(&state.pointee.mutex)
      defer { pthread_mutex_unlock(&state.pointee.mutex) }
      // Counted before the last look: whoever starts a job after that look sees the count and wakes this thread.
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
