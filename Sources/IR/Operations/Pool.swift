import Tensors

extension Operations {
  /// Pooling over sliding windows.
  ///
  /// Input: x `[N, C, (T,) H, W]`. Result: `[N, C, …]`.
  public struct Pool: Operation {
    /// `pool`.
    public static let name = "pool"
    /// Average or maximum.
    public var function: PoolingFunction
    /// The window, its stride, padding and dilation.
    public var window: Window
    /// Whether an average counts padding as zeros instead of leaving it out.
    public var countsPadding: Bool
    /// Whether a last, partial window counts.
    public var roundsUp: Bool

    /// Pooling from its attributes.
    public init(_ function: PoolingFunction, window: Window, countsPadding: Bool = true, roundsUp: Bool = false) {
      self.function = function
      self.window = window
      self.countsPadding = countsPadding
      self.roundsUp = roundsUp
    }

    /// `[N, C, …]` with the lengths that the window leaves.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: [.float32])
      let spatial = try window.resultLengths(inputs[0], roundsUp: roundsUp)
      if function == .average, window.dilation.contains(where: { $0 != 1 }) {
        throw ShapeError("an average has no dilation")
      }
      // More padding than half a window would make windows of padding alone.
      for axis in 0..<window.rank
      where max(window.paddingBefore[axis], window.paddingAfter[axis]) * 2 > window.span(axis) {
        throw ShapeError("padding must be at most half the window")
      }
      return [ValueType(Array(inputs[0].shape.prefix(2)) + spatial)]
    }

    /// Clips stay apart; in integers it takes and gives bytes.
    public var facts: OperationFacts {
      OperationFacts(reach: .clip, cost: .uncounted, integers: .form(integerForm))
    }

    /// The average or maximum of each window, as in PyTorch.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      // The rule for the result's lengths is the shape rule's, which has passed.
      let lengths = (try? window.resultLengths(ValueType(inputs[0]), roundsUp: roundsUp)) ?? []
      return [
        Reference.pool(
          inputs[0], function, window: window, outputSpatial: lengths.compactMap(\.value), countsPadding: countsPadding)
      ]
    }
  }
}

extension Operations.Pool {
  private func integerForm(of node: IntegerNode) -> IntegerForm {
    if function == .maximum { return .maximum(node.inputs[0], of: self) }
    return IntegerForm(data: [node.inputs[0]], result: .bytes) { operands in
      let ((x, input), output) = (operands.bytes(0), operands.resultBytes)
      let lengths = (try? window.resultLengths(ValueType(x.shape.map { .fixed($0) }), roundsUp: roundsUp)) ?? []
      let y = Reference.Quantized.averagePool(
        x, window: window, outputSpatial: lengths.compactMap(\.value), countsPadding: countsPadding, input,
        output: output)
      return [.bytes(y, output)]
    }
  }
}
