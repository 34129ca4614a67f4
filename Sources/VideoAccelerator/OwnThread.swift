import CPU
import Foundation

/// Runs long work on a thread of its own, so that it does not block the few threads that all tasks share.
///
/// - Parameter work: The work; it must repeatedly call its argument, which throws `CancellationError` if the task is
///   cancelled.
/// - Returns: What `work` returns.
/// - Throws: What `work` throws; `CancellationError`, without starting the work, if the task is cancelled already.
package func onOwnThread<Result: Sendable>(
  _ work: @escaping @Sendable (_ interruption: @escaping @Sendable () throws -> Void) throws -> Result
) async throws -> Result {
  let isCancelled = Guarded(false)
  let interruption = { @Sendable in if isCancelled.withLock({ $0 }) { throw CancellationError() } }
  return try await withTaskCancellationHandler {
    try await withCheckedThrowingContinuation { continuation in
      let thread = Thread {
        continuation.resume(
          with: .init {
            try interruption()
            return try work(interruption)
          })
      }
      thread.name = "work"
      // The size of a main thread's stack; Apple's systems give other threads less.
      thread.stackSize = 8 << 20
      thread.start()
    }
  } onCancel: {
    isCancelled.withLock { $0 = true }
  }
}
