import Foundation
import VideoAccelerator

/// What Ctrl-C (SIGINT) and SIGTERM do: the command closes what it prints and exits with 130.
///
/// One thread waits for the signals and all others block them, so that what is done then is ordinary code.
enum Interruption {
  private struct State {
    var isRequest = false
    var isAskedFor = false
    var cleanup: (@Sendable () -> Void)?
  }

  nonisolated(unsafe) private static var state = State()
  private static let lock = NSLock()

  /// Starts to wait for signals; called before any other thread is started, as threads inherit what is blocked.
  static func listen() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let waited = signals
    Thread.detachNewThread {
      var signals = waited
      var signal: Int32 = 0
      while true {
        if sigwait(&signals, &signal) == 0 { received() }
      }
    }
  }

  /// From now on the first signal is a request to end, which the command asks for (``isAskedFor``); the second one ends it at once.
  static func watch() { lock.withLock { state.isRequest = true } }

  /// Whether a person has asked the command to end.
  static var isAskedFor: Bool { lock.withLock { state.isAskedFor } }

  /// What is done before the command ends at once: closing a list that is being printed, say. It must not wait for long.
  static func onEnd(_ cleanup: @escaping @Sendable () -> Void) { lock.withLock { state.cleanup = cleanup } }

  private static func received() {
    let cleanup: (@Sendable () -> Void)?? = lock.withLock {
      if state.isRequest, !state.isAskedFor {
        state.isAskedFor = true
        return nil
      }
      return .some(state.cleanup)
    }
    guard let cleanup else { return }
    Terminal.endProgress()
    cleanup?()
    _exit(ExitStatus.interrupted)
  }
}
