import IR
import Tensors

/// Cross-layer equalisation: channels of one value get ranges alike, so that all of them use the bytes well.
///
/// A convolution whose result goes through ReLU, or nothing, to a depthwise convolution alone can give each channel multiplied
/// by a positive factor, if the depthwise convolution's weights are divided by it: the network stays the same. Both have a scale
/// for each of these channels, so weights lose nothing. Source: Nagel et al. 2019, "Data-Free QuantizationParameters Through Weight
/// Equalization and Bias Correction", section 4.1.
enum Equalization {
  /// A channel that calibration hardly ever woke is not believed to stay that small.
  private static let largestFactor: Float = 32

  /// The values between two such layers: the producer, the depthwise convolution.
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

  /// Whether the result grows with weights and bias in proportion.
  private static func isHomogeneous(_ operation: any Operation) -> Bool {
    let isLinear = { (activation: ActivationFunction?) in activation == nil || activation == .relu }
    return switch operation {
    case let operation as Operations.Pointwise: isLinear(operation.activation) && !operation.hasResidual
    case let operation as Operations.FusedConvolution: isLinear(operation.activation) && !operation.hasResidual
    case let operation as Operations.Depthwise: isLinear(operation.activation) && !operation.emitsMean
    default: false
    }
  }

  /// The same program with ranges alike.
  ///
  /// - Parameter peaks: the largest absolute value of each channel, by the name of the value.
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
  /// `[K, …]` with each of the K rows times a factor of its own.
  fileprivate func scaled(rows factors: [Float]) -> Tensor {
    let columns = shape.dropFirst().reduce(1, *)
    let values = elements(as: Float.self)
    return Tensor(values.indices.map { values[$0] * factors[$0 / columns] }, shape: shape)
  }
}
