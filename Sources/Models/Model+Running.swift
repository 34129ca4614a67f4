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

  /// Runs the model on inputs that are given by name.
  ///
  /// ```swift
  /// let scores = try model.run(["slow": slow, "fast": fast])[0]
  /// ```
  ///
  /// - Parameters:
  ///   - inputs: One float32 tensor for each input of the graph, by its name.
  ///   - threads: The number of threads that run it.
  ///   - executor: The executor whose session runs it.
  /// - Returns: One tensor for each output of the graph.
  /// - Throws: ``ModelError/inputs(model:expected:found:)`` if there is not a tensor for each input; what the
  ///   method for inputs in order throws.
  public func run(_ inputs: [String: Tensor], threads: Int = 1, executor: Executor = .shared) throws -> [Tensor] {
    let names = graph.inputTypes.map(\.name)
    let ordered = names.compactMap { inputs[$0] }
    guard ordered.count == names.count, inputs.count == names.count else {
      throw ModelError.inputs(model: name, expected: names, found: inputs.keys.sorted())
    }
    return try run(ordered, threads: threads, executor: executor)
  }
}
