import CPU

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// The plans of a model that were made so far, by the shapes of the inputs.
///
/// Unchecked, because the dictionary is guarded by the mutex.
final class PlanCache: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var plans: [[[Int]]: Plan] = [:]

  init() { pthread_mutex_init(mutex, nil) }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// The plan for some shapes; `make` makes it if there is none.
  func plan(for shapes: [[Int]], make: () throws -> Plan) throws -> Plan {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if let plan = plans[shapes] { return plan }
    let plan = try make()
    plans[shapes] = plan
    return plan
  }
}
