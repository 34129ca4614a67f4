import IR
import Tensors

extension Operations {
  /// The gradient of pooling.
  ///
  /// Inputs: x, the result's gradient. Result: the gradient of x. A maximum's gradient goes to the first of equal
  /// elements.
  struct PoolGradient: Operation {
    static let name = "pool_gradient"
    /// What the result is computed from.
    enum Source: Codable, Equatable {
      case window(Pool)
      case adaptive(AdaptivePool)
    }
    var source: Source

    var facts: OperationFacts { OperationFacts(reach: .clip, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(2)
      return [inputs[0]]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let (x, dy): ([Float], [Float]) = (inputs[0].elements(), inputs[1].elements())
      let (input, output) = (Array(inputs[0].shape[2...]), Array(inputs[1].shape[2...]))
      let plans = output.indices.map { axis in
        (0..<output[axis]).map { taps(axis, $0, inputLength: input[axis], outputLength: output[axis]) }
      }
      let (inputPlane, outputPlane) = (input.reduce(1, *), output.reduce(1, *))
      var dx = [Double](repeating: 0, count: x.count)
      for index in dy.indices {
        let base = index / max(outputPlane, 1) * inputPlane
        var (places, divisor, rest) = ([0], 1, index % outputPlane)
        var strides: [Int] = []
        for axis in output.indices.reversed() {
          strides.append(rest % output[axis])
          rest /= output[axis]
        }
        for (axis, position) in zip(output.indices, strides.reversed()) {
          let plan = plans[axis][position]
          places = places.flatMap { place in plan.indices.map { place * input[axis] + $0 } }
          divisor *= plan.divisor
        }
        switch function {
        case .average: for place in places { dx[base + place] += Double(dy[index]) / Double(divisor) }
        case .maximum:
          var best: Int?
          for place in places where best.map({ x[base + place] > x[base + $0] }) ?? true { best = place }
          if let best { dx[base + best] += Double(dy[index]) }
        }
      }
      return [Tensor(dx.map { Float($0) }, shape: inputs[0].shape)]
    }

    /// Returns whether the result is the average of all positions, given their number.
    func averages(positions: Int) -> Bool {
      switch source {
      case .window(let pool):
        pool.function == .average && pool.window.kernel.reduce(1, *) == positions
          && (pool.window.dilation + pool.window.stride).allSatisfy { $0 == 1 }
          && (pool.window.paddingBefore + pool.window.paddingAfter).allSatisfy { $0 == 0 }
      case .adaptive(let pool): pool.function == .average && pool.outputSize.allSatisfy { $0 == 1 }
      }
    }

    private var function: PoolingFunction {
      switch source {
      case .window(let pool): pool.function
      case .adaptive(let pool): pool.function
      }
    }

    /// Returns the indices of the input that an output has on an axis, and its share of an average's divisor.
    private func taps(
      _ axis: Int, _ position: Int, inputLength: Int, outputLength: Int
    ) -> (indices: [Int], divisor: Int) {
      switch source {
      case .window(let pool):
        let window = pool.window
        let first = position * window.stride[axis] - window.paddingBefore[axis]
        let inside = (0..<window.kernel[axis]).map { first + $0 * window.dilation[axis] }
          .filter { (0..<inputLength).contains($0) }
        let padded = min(first + window.kernel[axis], inputLength + window.paddingAfter[axis]) - first
        return (inside, pool.countsPadding ? padded : inside.count)
      case .adaptive:
        let first = position * inputLength / outputLength
        let end = ((position + 1) * inputLength + outputLength - 1) / outputLength
        return (Array(first..<end), end - first)
      }
    }
  }

  /// Pads a slice's gradient with zeros.
  ///
  /// Input: the slice's gradient. Result: of the sliced value's shape.
  struct SliceGradient: Operation {
    static let name = "slice_gradient"
    var axis: Int
    var start: Int
    var step: Int
    /// The length of the sliced axis.
    var length: Int

    var facts: OperationFacts { OperationFacts(reach: axis == 0 ? .batch : .clip, cost: .uncounted, integers: .none) }

    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireCount(1)
      var result = inputs[0]
      result.shape[axis] = .fixed(length)
      return [result]
    }

    func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let dy: [Float] = inputs[0].elements()
      var shape = inputs[0].shape
      let count = shape[axis]
      let inner = shape[(axis + 1)...].reduce(1, *)
      shape[axis] = length
      var dx = [Float](repeating: 0, count: shape.reduce(1, *))
      for (index, value) in dy.enumerated() {
        let (outer, place) = (index / (count * inner), index / inner % count)
        dx[(outer * length + start + place * step) * inner + index % inner] = value
      }
      return [Tensor(dx, shape: shape)]
    }
  }
}
