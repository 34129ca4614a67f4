import CPU
import Models
import Tensors

/// What runs a classifier's model on its clips.
package protocol ModelRunner: Sendable {
  /// Runs a model in deployable form on the inputs made of one clip, which may have several crops.
  ///
  /// - Returns: The results, and the time that computing them took, without waiting for others.
  func run(_ model: Model, _ inputs: [Tensor], threads: Int) throws -> (results: [Tensor], time: Duration)
}

extension Executor: ModelRunner {
  /// Runs the model in a session.
  package func run(_ model: Model, _ inputs: [Tensor], threads: Int) throws -> (results: [Tensor], time: Duration) {
    let plan = try model.plan(inputShapes: inputs.map(\.shape))
    return try withSession(of: plan, threads: max(1, threads)) { session in
      let clock = ContinuousClock()
      let start = clock.now
      let results = try session.run(inputs)
      return (results, clock.now - start)
    }
  }
}
