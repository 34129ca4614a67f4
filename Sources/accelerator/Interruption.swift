import Foundation
import VideoAccelerator

/// Handles Ctrl-C (SIGINT) and SIGTERM: the command finishes its output and exits with 130.
///
/// The signal handler writes to a pipe, and a thread that reads it does the rest, in ordinary code. (Waiting for
/// blocked signals does not work: a main thread that Dispatch has put to sleep receives all of them.)
enum Interruption {
  private struct State {
    var isRequest = false
    var isAskedFor = false
    var cleanup: (@Sendable () -> Void)?
    var onRequest: (@Sendable () -> Void)?
  }

  nonisolated(unsafe) private static var state = State()
  private static let lock = NSLock()
  /// The pipe's end that the handler writes to.
  nonisolated(unsafe) private static var descriptor: Int32 = -1

  /// Starts to handle signals.
  static func listen() {
    let pipe = Pipe()
    descriptor = pipe.fileHandleForWriting.fileDescriptor
    Thread.detachNewThread {
      // The handler must not interrupt this thread, which waits for it.
      mask(SIG_BLOCK)
      while !pipe.fileHandleForReading.availableData.isEmpty { received() }
      withExtendedLifetime(pipe) {}
    }
    for signal in [SIGINT, SIGTERM] {
      Foundation.signal(signal) { _ in
        let code = errno
        var byte: UInt8 = 1
        _ = write(Interruption.descriptor, &byte, 1)
        errno = code
      }
    }
    // The parent process may have blocked them, as Dispatch's threads do.
    mask(SIG_UNBLOCK)
  }

  private static func mask(_ action: Int32) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(action, &signals, nil)
  }

  /// Makes the first signal a request to stop, which the command checks (``isAskedFor``); the second one ends it at
  /// once.
  ///
  /// - Parameter onRequest: Called on another thread at the first signal.
  static func watch(onRequest: (@Sendable () -> Void)? = nil) {
    lock.withLock { (state.isRequest, state.onRequest) = (true, onRequest) }
  }

  /// Whether the user has asked the command to stop.
  static var isAskedFor: Bool { lock.withLock { state.isAskedFor } }

  /// Sets what is done before the command ends at once, such as closing a list that is being printed. It must not wait
  /// for long.
  static func onEnd(_ cleanup: @escaping @Sendable () -> Void) { lock.withLock { state.cleanup = cleanup } }

  private static func received() {
    let (isRequest, action) = lock.withLock {
      let isRequest = state.isRequest && !state.isAskedFor
      if isRequest { state.isAskedFor = true }
      return (isRequest, isRequest ? state.onRequest : state.cleanup)
    }
    if !isRequest { Terminal.endProgress() }
    action?()
    if isRequest { return }
    _exit(ExitStatus.interrupted)
  }
}
