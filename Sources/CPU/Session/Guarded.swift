#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// A value that threads share: one at a time accesses it, and others can wait for a change without spinning. (The
/// standard library's `Mutex` needs newer systems than those supported here.)
///
/// The conformance is unchecked because the value is accessed only while the mutex is locked.
package final class Guarded<Value>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let hasChanged = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var value: Value

  /// Creates a guarded value.
  package init(_ value: Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(hasChanged, nil)
  }

  deinit {
    pthread_cond_destroy(hasChanged)
    pthread_mutex_destroy(mutex)
    hasChanged.deallocate()
    mutex.deallocate()
  }

  /// Calls `body` with exclusive access to the value, then wakes threads that wait for a change.
  package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    try wait(until: { _ in true }, body)
  }

  /// Waits until the value fulfills a condition, then calls `body` with exclusive access to it.
  package func wait<Result>(until isReady: (Value) -> Bool, _ body: (inout Value) throws -> Result) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(hasChanged)
      pthread_mutex_unlock(mutex)
    }
    // Others change the value meanwhile, so no access to it may span this call.
    while !isReady(value) { pthread_cond_wait(hasChanged, mutex) }
    return try body(&value)
  }
}
