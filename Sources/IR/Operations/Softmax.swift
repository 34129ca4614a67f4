import Tensors

extension Operations {
  /// The exponentials along an axis, divided by their sum.
  ///
  /// Input: x of any shape. Result: like x.
  public struct Softmax: Operation {
    /// `softmax`.
    public static let name = "softmax"
    /// The axis whose elements sum to one.
    public var axis: Int

    /// A softmax over an axis.
    public init(axis: Int) { self.axis = axis }

    /// Like x.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: [.float32])
      try inputs[0].requireAxis(axis)
      return [inputs[0]]
    }

    /// Clips stay apart, unless it is clips that sum to one.
    public var facts: OperationFacts {
      OperationFacts(reach: axis == 0 ? .batch : .clip, cost: .uncounted, integers: .none)
    }

    /// `e^(x − max) / Σ e^(x − max)`, along the axis.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] { [Reference.softmax(inputs[0], axis: axis)] }
  }
}
