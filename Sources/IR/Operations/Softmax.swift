import Tensors

extension Operations {
  /// The softmax along an axis: exponentials, divided by their sum.
  ///
  /// Input: x of any shape. Result: like x.
  public struct Softmax: Operation {
    /// `softmax`.
    public static let name = "softmax"
    /// The axis whose elements sum to 1.
    public var axis: Int

    /// Creates a softmax over an axis.
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

    /// Returns `e^(x − max) / Σ e^(x − max)`, along the axis.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] { [Reference.softmax(inputs[0], axis: axis)] }
  }
}
