#if Server
  import CPU
  import NIOCore

  /// What is to be done when a connection ends before its request is answered.
  final class Connections: Sendable {
    private let actions = Guarded<[ObjectIdentifier: @Sendable () -> Void]>([:])

    /// Runs work that ends when its client has gone.
    ///
    /// - Throws: `CancellationError` if it has; what the work throws.
    func whileConnected<Result: Sendable>(
      to channel: any Channel, _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
      let task = Task { try await work() }
      let id = ObjectIdentifier(channel)
      actions.withLock { $0[id] = { task.cancel() } }
      defer { actions.withLock { $0[id] = nil } }
      if !channel.isActive { task.cancel() }
      return try await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
    }

    /// Ends the work of a connection, whose client has gone.
    func ended(_ channel: any Channel) {
      let action = actions.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) }
      action?()
    }
  }
#endif
