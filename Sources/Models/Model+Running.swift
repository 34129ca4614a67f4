import CPU
import Tensors

extension Model {
  /// Runs the model on the CPU, in a session of the executor.
  ///
  /// The plan for the inputs' shapes is made once. The method can be called from several threads at once.
  ///
  /// ```swift
  /// let scores = try model.run([clip])[0]
  /// ```
  ///
  /// - Parameters:
  ///   - inputs: One float32 tensor for each input of the graph, in order.
  ///   - threads: The number of threads that run it.
  ///   - executor: The executor whose session runs it.
  /// - Returns: One tensor for each output of the graph.
  /// - Throws: `GraphError` if the model does not take such inputs, `RuntimeError` if this machine cannot run it.
  public func run(_ inputs: [Tensor], threads: Int = 1, executor: Executor = .shared) throws -> [Tensor] {
    try executor.withSession(of: plan(inputShapes: inputs.map(\.shape)), threads: threads) { try $0.run(inputs) }
  }
}
