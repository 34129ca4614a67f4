import Foundation
import VideoAccelerator

/// What Ctrl-C (SIGINT) and SIGTERM do: the command closes what it prints and exits with 130.
///
/// The signals' handler writes into a pipe, and a thread that reads it does the rest, so that this is ordinary code. (To wait for
/// blocked signals would not do: a main thread that Dispatch has put to sleep takes all of them.)
enum Interruption {
  private struct State {
    var isRequest = false
    var isAskedFor = false
    var cleanup: (@Sendable () -> Void)?
  }

  nonisolated(unsafe) private static var state = State()
  private static let lock = NSLock()
  /// Where the handler writes to.
  nonisolated(unsafe) private static var descriptor: Int32 = -1

  /// Starts to listen for signals.
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
    // Who starts the command may have blocked them, as Dispatch's threads do.
    mask(SIG_UNBLOCK)
  }

  private static func mask(_ action: Int32) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(action, &signals, nil)
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
