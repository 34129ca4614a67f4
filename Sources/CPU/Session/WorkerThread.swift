#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// A thread of the system, with the priority of the thread that starts it.
struct WorkerThread {
  private let thread: pthread_t

  /// Starts a thread, which must be joined; nil if the system refuses.
  init?(_ body: @escaping @Sendable () -> Void) {
    let context = Unmanaged.passRetained(Context(body))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    guard pthread_create(&thread, nil, { runContext($0) }, context.toOpaque()) == 0 else {
      context.release()
      return nil
    }
    #if canImport(Darwin)
      guard let thread else { preconditionFailure("a thread has no handle") }
    #endif
    self.thread = thread
  }

  /// Waits until the thread has ended.
  func join() { pthread_join(thread, nil) }
}

/// What a thread takes over from the one that starts it.
private final class Context {
  private let body: @Sendable () -> Void
  #if canImport(Darwin)
    /// Threads with a low quality of service run on the slow cores.
    private let qualityOfService = qos_class_self()
  #endif

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }

  func run() {
    #if canImport(Darwin)
      if qualityOfService != QOS_CLASS_UNSPECIFIED { pthread_set_qos_class_self_np(qualityOfService, 0) }
    #endif
    body()
  }
}

private func runContext(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let context { Unmanaged<Context>.fromOpaque(context).takeRetainedValue().run() }
  return nil
}
