import Tensors

extension Operations {
  /// Pooling to a given output size, independent of the input's size.
  ///
  /// Input: x `[N, C, …]` with one to three axes after the channels. Result: `[N, C]` + the output size.
  public struct AdaptivePool: Operation {
    /// `adaptive_pool`.
    public static let name = "adaptive_pool"
    /// The reduction: average or maximum.
    public var function: PoolingFunction
    /// The length of each axis of the result after the channels.
    public var outputSize: [Int]

    /// Creates adaptive pooling from its attributes.
    public init(_ function: PoolingFunction, outputSize: [Int]) {
      self.function = function
      self.outputSize = outputSize
    }

    /// Returns `[N, C]` and then the output size; x must have as many axes after the channels.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: [.float32])
      guard (1...3).contains(outputSize.count), inputs[0].rank == outputSize.count + 2,
        outputSize.allSatisfy({ (1...1 << 20).contains($0) })
      else { throw ShapeError("the output size \(outputSize) must have 1 or more for each axis after the channels") }
      for axis in 2..<inputs[0].rank where inputs[0].shape[axis].value == 0 {
        throw ShapeError("axis \(axis) is empty")
      }
      return [ValueType(Array(inputs[0].shape.prefix(2)) + outputSize.map { .fixed($0) })]
    }

    /// Clips are independent; in integers, its input and result are bytes.
    public var facts: OperationFacts {
      OperationFacts(reach: .clip, cost: .uncounted, integers: .form(integerForm))
    }

    /// Returns the pooled elements: output `o` of `n` covers elements `⌊o · L / n⌋` up to `⌈(o + 1) · L / n⌉` of an
    /// axis of length L, as in PyTorch.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Reference.adaptivePool(inputs[0], function, outputSize: outputSize)]
    }
  }
}

extension Operations.AdaptivePool {
  private func integerForm(of node: IntegerNode) -> IntegerForm {
    if function == .maximum { return .maximum(node.inputs[0], evaluate) }
    return IntegerForm(data: [node.inputs[0]], result: .bytes) { operands in
      let ((x, input), output) = (operands.bytes(0), operands.resultBytes)
      return [.bytes(Reference.Quantized.averagePool(x, adaptiveTo: outputSize, input, output: output), output)]
    }
  }
}
