import Tensors

extension Operations {
  /// The logarithm of the softmax along an axis.
  ///
  /// Input: x of any shape. Result: like x.
  public struct LogSoftmax: Operation {
    /// `log_softmax`.
    public static let name = "log_softmax"
    /// The axis whose exponentials sum to 1.
    public var axis: Int

    /// Creates a logarithm of the softmax over an axis.
    public init(axis: Int) { self.axis = axis }

    /// Returns the type of x.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: [.float32])
      try inputs[0].requireAxis(axis)
      return [inputs[0]]
    }

    /// Clips are independent, unless the axis is the batch.
    public var facts: OperationFacts {
      OperationFacts(reach: axis == 0 ? .batch : .clip, cost: .uncounted, integers: .none)
    }

    /// Returns `x − log Σ eˣ`, along the axis.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Reference.binary(inputs[0], Reference.reduce(inputs[0], .logSumExp, axes: [axis]), .subtract)]
    }
  }
}
