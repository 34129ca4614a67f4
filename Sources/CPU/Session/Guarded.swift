#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// A value that several threads share: one at a time reads or changes it, and others can wait for a change without spinning.
/// (The standard library's `Mutex` is only on systems newer than those supported here.)
///
/// Unchecked, because the value is touched only while the mutex is locked.
package final class Guarded<Value>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let hasChanged = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var value: Value

  /// A guarded value.
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

  /// Gives `body` the value, which no other thread touches meanwhile; threads that wait for a change look at it afterwards.
  package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    try wait(until: { _ in true }, body)
  }

  /// Waits until the value fulfils a condition, and gives it to `body`.
  package func wait<Result>(until isReady: (Value) -> Bool, _ body: (inout Value) throws -> Result) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(hasChanged)
      pthread_mutex_unlock(mutex)
    }
    // Others change the value meanwhile, so no access to it may last over this.
    while !isReady(value) { pthread_cond_wait(hasChanged, mutex) }
    return try body(&value)
  }
}
