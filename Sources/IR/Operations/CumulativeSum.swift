import Tensors

extension Operations {
  /// The sums of the elements along an axis up to each of them.
  ///
  /// Input: x of any shape and type of numbers. Result: like x.
  public struct CumulativeSum: Operation {
    /// `cumulative_sum`.
    public static let name = "cumulative_sum"
    /// The axis.
    public var axis: Int
    /// Whether a sum ends before its own element.
    public var excludesOwn: Bool
    /// Whether sums begin at the axis's end.
    public var isReversed: Bool

    /// Creates the operation from its attributes.
    public init(axis: Int, excludesOwn: Bool = false, isReversed: Bool = false) {
      self.axis = axis
      self.excludesOwn = excludesOwn
      self.isReversed = isReversed
    }

    /// Returns the type of x.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .numbers)
      try inputs[0].requireAxis(axis)
      return [inputs[0]]
    }

    /// Clips are independent, unless the axis is the batch.
    public var facts: OperationFacts {
      OperationFacts(reach: axis == 0 ? .batch : .clip, cost: .uncounted, integers: .none)
    }

    /// Returns the sums; those of floating-point numbers are in double precision.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Reference.cumulativeSum(inputs[0], axis: axis, excludesOwn: excludesOwn, isReversed: isReversed)]
    }
  }
}
