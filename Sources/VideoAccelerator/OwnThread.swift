import CPU
import Foundation

/// Does work that takes long on a thread of its own, so that none of the few threads that all tasks share is kept from them.
///
/// - Parameter work: Calls the closure that it gets again and again: that throws `CancellationError` once the task is cancelled.
/// - Returns: What `work` returns; the thread is done then.
/// - Throws: What `work` throws; `CancellationError` without starting it if the task is cancelled already.
func onOwnThread<Result: Sendable>(
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
      // As much as a main thread has, on Apple's systems too.
      thread.stackSize = 8 << 20
      thread.start()
    }
  } onCancel: {
    isCancelled.withLock { $0 = true }
  }
}
