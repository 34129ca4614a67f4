import IR
import CPU
import Tensors

/// Computes the loss and the gradients of batches of one shape, in planned memory.
///
/// A session must not be shared between threads. A run with the same numbers and the same number of threads gives the
/// same bits.
final class TrainingSession {
  /// The results of a batch.
  struct Result {
    /// The mean loss.
    let loss: Float
    /// The logits, `[N, classes]`.
    let logits: Tensor
    /// Mean and biased variance of each batch norm that uses the batch's statistics.
    let statistics: [(mean: Tensor, variance: Tensor)]
    /// One gradient for each trained parameter.
    let gradients: [Tensor]
  }

  let form: TrainingGraph
  private let session: Session
  private let exchange: RankExchange?

  /// Creates a session of a network's training form.
  ///
  /// - Throws: ``TrainingError``, `GraphError` or `RuntimeError` if the network cannot be trained on such batches here.
  init(
    _ network: Graph, inputShapes: [[Int]], options: TrainingGraph.Options = .init(), threads: Int = 1, isa: ISA? = nil
  ) throws {
    let form = try TrainingGraph(network, inputShapes: inputShapes, options: options)
    let shapes = form.graph.inputs.map { form.graph.type($0).fixedShape ?? [] }
    session = try Session(
      Plan(form.graph, weights: [:], inputShapes: shapes, isa: isa, purpose: .training),
      threads: threads)
    self.form = form
    exchange = options.part?.ranks.exchange
  }

  /// The size in bytes of the memory that steps work in.
  var arenaBytes: Int { session.arenaBytes }
  /// The plan.
  var plan: Plan { session.plan }

  /// Runs a batch forward and backward.
  ///
  /// - Parameters:
  ///   - inputs: The network's inputs.
  ///   - targets: `[N, classes]`.
  ///   - key: The key of dropout's random numbers.
  ///   - parameters: The parameters by path.
  /// - Returns: The results; of a batch that ranks share, this rank's part of the loss and its logits, and the whole
  ///   batch's statistics and gradients.
  /// - Throws: What the plan throws; what the ranks' exchange met.
  func run(_ inputs: [Tensor], targets: Tensor, key: RandomKey, parameters: [String: Tensor]) throws -> Result {
    let results = try session.run(operands(inputs, targets, key, parameters))
    try exchange?.check()
    let statistics = form.statistics.indices.map { (mean: results[2 + 2 * $0], variance: results[3 + 2 * $0]) }
    return Result(
      loss: results[0].elements(as: Float.self)[0], logits: results[1], statistics: statistics,
      gradients: gradients(Array(results[(2 + 2 * statistics.count)...]), parameters))
  }

  /// Returns one gradient for each trained parameter.
  private func gradients(_ outputs: [Tensor], _ parameters: [String: Tensor]) -> [Tensor] {
    guard exchange != nil else { return outputs }
    var gradients = form.trained.map { _ in Tensor(zeros: [0]) }
    for (bucket, sums) in zip(form.buckets, outputs) {
      sums.withUnsafeElements(as: Float.self) { sums in
        var offset = 0
        for number in bucket {
          let shape = parameters[form.trained[number]]?.shape ?? []
          let count = shape.reduce(1, *)
          gradients[number] = Tensor(Array(sums[offset..<offset + count]), shape: shape)
          offset += count
        }
      }
    }
    return gradients
  }

  /// Returns where the time of such a step goes.
  func profile(
    _ inputs: [Tensor], targets: Tensor, parameters: [String: Tensor], runs: Int
  ) throws -> Profile {
    try session.profile(operands(inputs, targets, RandomKey(0), parameters), runs: runs)
  }

  private func operands(
    _ inputs: [Tensor], _ targets: Tensor, _ key: RandomKey, _ parameters: [String: Tensor]
  ) -> [Tensor] {
    inputs + [targets, key.tensor] + form.parameters.compactMap { parameters[$0] }
  }
}
