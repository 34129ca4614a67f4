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

/// Where one thread sleeps until another one wakes it.
///
/// The conformance is unchecked because the state is atomic or guarded by the mutex.
struct ParkingPlace: @unchecked Sendable {
  private struct State {
    /// Nonzero while the thread sleeps.
    var isTaken = va_atomic()
    var mutex = pthread_mutex_t()
    var wakeUp = pthread_cond_t()
  }

  private let state: UnsafeMutablePointer<State>

  init() {
    state = .allocate(capacity: 1)
    state.initialize(to: State())
    pthread_mutex_init(&state.pointee.mutex, nil)
    pthread_cond_init(&state.pointee.wakeUp, nil)
  }

  func deallocate() {
    pthread_cond_destroy(&state.pointee.wakeUp)
    pthread_mutex_destroy(&state.pointee.mutex)
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// Whether a thread sleeps here.
  var isTaken: Bool { va_atomic_load(&state.pointee.isTaken) != 0 }

  /// Sleeps while a condition holds, which others make false before they call ``wake()``.
  func park(while condition: () -> Bool) {
    pthread_mutex_lock(&state.pointee.mutex)
    defer { pthread_mutex_unlock(&state.pointee.mutex) }
    while true {
      // Before the condition is asked: who makes it false after that sees that the place is taken. Again after each
      // wake(), which can be a late one for an earlier change.
      _ = va_atomic_replace(&state.pointee.isTaken, 0, 1)
      guard condition() else { break }
      pthread_cond_wait(&state.pointee.wakeUp, &state.pointee.mutex)
    }
    va_atomic_store(&state.pointee.isTaken, 0)
  }

  /// Wakes the thread, if one sleeps here.
  func wake() {
    guard isTaken else { return }
    pthread_mutex_lock(&state.pointee.mutex)
    // So that it is woken once, however long it takes to wake up.
    va_atomic_store(&state.pointee.isTaken, 0)
    pthread_cond_signal(&state.pointee.wakeUp)
    pthread_mutex_unlock(&state.pointee.mutex)
  }
}
