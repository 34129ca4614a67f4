import CKernels

/// How many threads of each session may work at the same time.
///
/// An app lowers it when the device gets hot, or its battery low, and raises it again later, from any thread. A session
/// that is running goes by it from its next layer on; threads beyond the limit sleep. Results do not depend on it.
///
///     ThreadLimit.shared.threads = isHot ? 1 : Cores.allCores.count
///
/// The conformance is unchecked because the number is atomic.
public final class ThreadLimit: @unchecked Sendable {
  /// The limit of all sessions that are made without another one: at first the number of cores that the process may run on, as
  /// more threads wait for each other.
  public static let shared = ThreadLimit(threads: Cores.allCores.count)

  private let value = UnsafeMutablePointer<va_atomic>.allocate(capacity: 1)

  /// Creates a limit for sessions of their own.
  ///
  /// - Parameter threads: The number of threads of each session that may work at the same time.
  public init(threads: Int = .max) {
    value.initialize(to: va_atomic())
    self.threads = threads
  }

  deinit { value.deallocate() }

  /// The number of threads of each session that may work at the same time, its caller's among them: 1 or more, and the
  /// nearest of these if it is set to another one.
  public var threads: Int {
    get { Int(va_atomic_load(value)) }
    set { va_atomic_store(value, Int64(max(1, newValue))) }
  }
}
