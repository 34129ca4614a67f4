import CPU
import Tensors

extension Model {
  /// Runs the model on the processor, in a session that the executor lends.
  ///
  /// The plan for the inputs' shapes is made once. Any thread may call this, at the same time as others.
  ///
  /// ```swift
  /// let scores = try model.run([clip])[0]
  /// ```
  ///
  /// - Parameters:
  ///   - inputs: One float32 tensor for each input of the graph, in order.
  ///   - threads: How many threads run it.
  ///   - executor: Lends the session.
  /// - Returns: One tensor for each output of the graph.
  /// - Throws: `GraphError` if the model does not take such inputs, `RuntimeError` if this machine cannot run it.
  public func run(_ inputs: [Tensor], threads: Int = 1, executor: Executor = .shared) throws -> [Tensor] {
    try executor.withSession(of: plan(inputShapes: inputs.map(\.shape)), threads: threads) { try $0.run(inputs) }
  }
}
