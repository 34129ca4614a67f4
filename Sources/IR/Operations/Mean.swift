import Tensors

extension Operations {
  /// The mean over some axes.
  ///
  /// Input: x of any shape. Result: x's shape without these axes, or with length 1 there.
  public struct Mean: Operation {
    /// `mean`.
    public static let name = "mean"
    /// The axes to average, in ascending order.
    public var axes: [Int]
    /// Whether the averaged axes are kept with length 1.
    public var keepsAxes: Bool

    /// Creates a mean over some axes.
    public init(axes: [Int], keepsAxes: Bool = false) {
      self.axes = axes
      self.keepsAxes = keepsAxes
    }

    /// x's shape without the axes, or with length 1 there.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: [.float32])
      try inputs[0].requireAxes(axes)
      return [ValueType(inputs[0].reduced(over: axes, keepsAxes: keepsAxes))]
    }

    /// Clips are independent, unless they are averaged; in integers, it is an exact sum over all positions with a real
    /// result.
    public var facts: OperationFacts {
      OperationFacts(reach: axes.contains(0) ? .batch : .clip, cost: .uncounted, integers: .form(integerForm))
    }

    /// Returns the mean over the axes; sums are in double precision.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Reference.mean(inputs[0], axes: axes).without(axes, keepsAxes: keepsAxes)]
    }
  }
}

extension Operations.Mean {
  private func integerForm(of node: IntegerNode) throws(IntegerRefusal) -> IntegerForm {
    guard axes == Array(2..<node.type(node.inputs[0]).rank) else {
      throw IntegerRefusal("the mean is not over all positions")
    }
    // A mean of the network's outputs stays in floating point.
    guard node.isMultiplied(node.results[0]) else { throw IntegerRefusal("its result is not multiplied with weights") }
    return IntegerForm(data: [node.inputs[0]], result: .realOrBytes) { operands in
      let x = operands.values[0].stored
      return [
        .real(operands.values[0].mean(shape: x.shape.prefix(2) + (keepsAxes ? x.shape[2...].map { _ in 1 } : [])))
      ]
    }
  }
}
