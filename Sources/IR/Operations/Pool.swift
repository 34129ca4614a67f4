import Tensors

extension Operations {
  /// Pooling over sliding windows.
  ///
  /// Input: x `[N, C, …]` with one to three axes after the channels. Result: `[N, C, …]`.
  public struct Pool: Operation {
    /// `pool`.
    public static let name = "pool"
    /// The reduction: average or maximum.
    public var function: PoolingFunction
    /// The window, its stride, padding and dilation.
    public var window: Window
    /// Whether an average includes padding as zeros.
    public var countsPadding: Bool
    /// Whether a partial window at the end is included.
    public var roundsUp: Bool

    /// Creates pooling from its attributes.
    public init(_ function: PoolingFunction, window: Window, countsPadding: Bool = true, roundsUp: Bool = false) {
      self.function = function
      self.window = window
      self.countsPadding = countsPadding
      self.roundsUp = roundsUp
    }

    /// Returns `[N, C, …]` with the lengths that the window leaves.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: [.float32])
      let spatial = try window.resultLengths(inputs[0], roundsUp: roundsUp)
      // With as much padding as a window has, there would be windows of padding only.
      for axis in 0..<window.rank
      where max(window.paddingBefore[axis], window.paddingAfter[axis]) >= window.span(axis) {
        throw ShapeError("padding must be less than the window")
      }
      return [ValueType(Array(inputs[0].shape.prefix(2)) + spatial)]
    }

    /// Clips are independent; in integers, its input and result are bytes.
    public var facts: OperationFacts {
      OperationFacts(reach: .clip, cost: .uncounted, integers: .form(integerForm))
    }

    /// Returns the average or maximum of each window, as in PyTorch.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      // The lengths are those of the shape rule, which has passed.
      let lengths = (try? window.resultLengths(ValueType(inputs[0]), roundsUp: roundsUp)) ?? []
      return [
        Reference.pool(
          inputs[0], function, window: window, outputSpatial: lengths.compactMap(\.value), countsPadding: countsPadding)
      ]
    }
  }
}

extension Operations.Pool {
  private func integerForm(of node: IntegerNode) throws(IntegerRefusal) -> IntegerForm {
    if function == .maximum { return .maximum(node.inputs[0], evaluate) }
    guard window.dilation.allSatisfy({ $0 == 1 }) else { throw IntegerRefusal("an average with dilation") }
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
