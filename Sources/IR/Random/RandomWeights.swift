import Tensors

/// Random weights and clips, for benchmarks and tests of networks without trained weights.
///
/// Batch-norm statistics are measured on clips, so that activations keep their scale through the network and different
/// clips give clearly different results.
public enum RandomWeights {
  /// Returns random weights for a graph.
  ///
  /// - Parameters:
  ///   - graph: The network, in original form.
  ///   - seed: The same seed gives the same weights.
  ///   - clips: The tensors to measure batch-norm statistics on, one for each input.
  /// - Throws: `GraphError` if the graph does not take the clips.
  public static func make(for graph: Graph, seed: UInt64, measuringOn clips: [Tensor]) throws -> [String: Tensor] {
    var weights = parameters(of: graph, seed: seed)
    let interpreter = try Interpreter(graph, weights: weights)
    let paths = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.value, $0.path) })
    _ = try interpreter.run(clips) { node, operands in
      guard node.operation is Operations.BatchNorm else { return }
      let (mean, variance) = channelStatistics(operands[0])
      (operands[3], operands[4]) = (mean, variance)
      for (input, tensor) in [(3, mean), (4, variance)] {
        if let path = paths[node.inputs[input]] { weights[path] = tensor }
      }
    }
    return weights
  }

  /// Returns random weights for a graph, with neutral batch-norm statistics (mean 0, variance 1).
  package static func parameters(of graph: Graph, seed: UInt64) -> [String: Tensor] {
    var weights: [String: Tensor] = [:]
    for parameter in graph.parameters {
      let shape = graph.type(parameter.value).fixedShape ?? []
      weights[parameter.path] = tensor(parameter.path, shape: shape, seed: seed)
    }
    return weights
  }

  /// The last batch norm of a residual branch, as X3D and EfficientX3D name it.
  ///
  /// It gets a quarter of the gain, as trained branches are weaker than the values that they are added to (training
  /// often starts them at zero: Goyal et al. 2017, section 5.1). With full gain an untrained network is chaotic: it
  /// amplifies any rounding error some 300 times, so that the error of the result does not depend on the number format.
  private static let lastNorms = ["norm_c.weight", "norm_c.bias", "conv_2.kernel.bn.weight", "conv_2.kernel.bn.bias"]

  private static func tensor(_ path: String, shape: [Int], seed: UInt64) -> Tensor {
    let count = shape.reduce(1, *)
    let generator = CounterGenerator(seed: seed, name: path)
    var values: [Float]
    if path.hasSuffix("running_mean") {
      values = [Float](repeating: 0, count: count)
    } else if path.hasSuffix("running_var") {
      values = [Float](repeating: 1, count: count)
    } else if shape.count >= 2 {
      // Uniform with variance 2 / fan-in (He et al. 2015).
      let bound = Float((6 / Double(shape[1...].reduce(1, *))).squareRoot())
      values = (0..<count).map { generator.unit($0) * bound }
    } else if path.hasSuffix("weight") {
      values = (0..<count).map { 1 + 0.25 * generator.unit($0) }
    } else {
      values = (0..<count).map { 0.25 * generator.unit($0) }
    }
    if lastNorms.contains(where: { path.hasSuffix($0) }) { values = values.map { 0.25 * $0 } }
    return Tensor(values, shape: shape)
  }

  /// Returns the mean and the (biased) variance of each channel of `[N, C, …]`, summed in double precision.
  private static func channelStatistics(_ x: Tensor) -> (mean: Tensor, variance: Tensor) {
    let channels = x.shape[1]
    let plane = x.shape[2...].reduce(1, *)
    let values = x.elements(as: Float.self)
    var means: [Float] = []
    var variances: [Float] = []
    for channel in 0..<channels {
      let rows = (0..<x.shape[0]).map { ($0 * channels + channel) * plane }
      let count = Double(max(rows.count * plane, 1))
      let mean = rows.reduce(0) { sum, row in values[row..<row + plane].reduce(sum) { $0 + Double($1) } } / count
      let squares = rows.reduce(0) { sum, row in
        values[row..<row + plane].reduce(sum) { $0 + (Double($1) - mean) * (Double($1) - mean) }
      }
      means.append(Float(mean))
      variances.append(Float(squares / count))
    }
    return (Tensor(means, shape: [channels]), Tensor(variances, shape: [channels]))
  }

  /// Returns random tensors in −1..<1, one for each shape, for networks and blocks whose results do not matter.
  package static func inputs(_ shapes: [[Int]], seed: UInt64 = 1) -> [Tensor] {
    shapes.enumerated().map { index, shape in
      let generator = CounterGenerator(seed: seed, name: "input \(index)")
      return Tensor((0..<shape.reduce(1, *)).map { generator.unit($0) }, shape: shape)
    }
  }

  /// Returns clips of moving blocks on a background of random color, with noise, normalized as the clips of X3D.
  ///
  /// - Parameters:
  ///   - shape: `[N, C, T, H, W]`.
  ///   - seed: The same seed gives the same clips; a clip does not depend on the number of clips.
  public static func clips(_ shape: [Int], seed: UInt64) -> Tensor {
    precondition(shape.count == 5, "a clip has five axes")
    let (channels, frames, height, width) = (shape[1], shape[2], shape[3], shape[4])
    var values: [Float] = []
    values.reserveCapacity(shape.reduce(1, *))
    for n in 0..<shape[0] {
      let stream = { (name: String) in CounterGenerator(seed: seed, name: "clip\(n).\(name)") }
      let (base, coarse, fine, motion) = (stream("base"), stream("coarse"), stream("fine"), stream("motion"))
      let (vx, vy) = (Int(motion.bits(0) >> 61), Int(motion.bits(1) >> 61))
      for c in 0..<channels {
        let colour = 2 * (base.bits(c) >> 56)
        for t in 0..<frames {
          for y in 0..<height {
            let blockRow = c * 64 + ((y + t * vy) >> 4 & 63)
            for x in 0..<width {
              let block = coarse.bits(blockRow * 64 + ((x + t * vx) >> 4 & 63)) >> 56
              let noise = fine.bits(((c * frames + t) * height + y) * width + x) >> 56
              values.append((Float((colour + block + noise) >> 2) / 255 - 0.45) / 0.225)
            }
          }
        }
      }
    }
    return Tensor(values, shape: shape)
  }
}
