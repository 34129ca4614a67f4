import IR
import Tensors

/// Cross-layer equalization: gives the channels of a value similar ranges, so that all of them use the range of bytes
/// well.
///
/// If the result of a convolution passes through ReLU, or nothing, to a depthwise convolution alone, each channel can
/// be multiplied by a positive factor if the depthwise convolution's weights are divided by it: the network stays the
/// same. Both have a scale for each of these channels, so weights lose no precision. Source: Nagel et al. 2019,
/// "Data-Free Quantization Through Weight Equalization and Bias Correction", section 4.1.
enum Equalization {
  /// The largest factor: a channel that was hardly active in calibration is not expected to stay that small.
  private static let largestFactor: Float = 32

  /// Returns the values between two such layers: the producer, and the depthwise convolution.
  static func pairs(in graph: Graph, _ points: QuantizationPoints) -> [(producer: Graph.Node, consumer: Graph.Node)] {
    let links = GraphLinks(graph)
    return points.nodes.sorted().compactMap { index in
      let node = graph.nodes[index]
      guard isHomogeneous(node.operation), links.useCount(of: node.results[0]) == 1,
        let user = links.users[node.results[0]].map({ graph.nodes[$0[0]] }), user.operation is Operations.Depthwise,
        user.inputs[0] == node.results[0]
      else { return nil }
      return (node, user)
    }
  }

  /// Returns whether the result grows in proportion with weights and bias.
  private static func isHomogeneous(_ operation: any Operation) -> Bool {
    let isLinear = { (activation: ActivationFunction?) in activation == nil || activation == .relu }
    return switch operation {
    case let operation as Operations.Pointwise: isLinear(operation.activation) && !operation.hasResidual
    case let operation as Operations.FusedConvolution: isLinear(operation.activation) && !operation.hasResidual
    case let operation as Operations.Depthwise: isLinear(operation.activation) && !operation.emitsMean
    default: false
    }
  }

  /// Returns the same program with similar ranges of channels.
  ///
  /// - Parameters:
  ///   - program: The program.
  ///   - points: Which of its values are integers.
  ///   - peaks: Returns the largest absolute value of each channel of the value with a name.
  static func equalized(
    _ program: ModelProgram, _ points: QuantizationPoints, peaks: (String) -> [Float]?
  ) throws(GraphError) -> ModelProgram {
    let graph = program.graph
    let own = Set(points.weights.map(\.parameter))
    var weights = program.weights
    func scale(_ id: Graph.ValueID, by factors: [Float]) {
      let path = graph[id].name
      weights[path] = weights[path]?.scaled(rows: factors)
    }
    for (producer, consumer) in pairs(in: graph, points) where own.contains(consumer.inputs[1]) {
      guard let peaks = peaks(graph[producer.results[0]].name), let most = peaks.max() else { continue }
      let factors = peaks.map { $0 > 0 ? min(most / $0, largestFactor) : 1 }
      scale(producer.inputs[1], by: factors)
      scale(producer.inputs[2], by: factors)
      scale(consumer.inputs[1], by: factors.map { 1 / $0 })
    }
    return try program.with(weights: weights)
  }
}

extension Tensor {
  /// Returns `[K, …]` with each of the K rows multiplied by its factor.
  fileprivate func scaled(rows factors: [Float]) -> Tensor {
    let columns = shape.dropFirst().reduce(1, *)
    let values = elements(as: Float.self)
    return Tensor(values.indices.map { values[$0] * factors[$0 / columns] }, shape: shape)
  }
}
