import Tensors

extension Operations {
  /// A rectifier whose slope below 0 is a value: one number for each channel, for instance (He et al. 2015).
  ///
  /// Inputs: x of any shape and a slope that broadcasts to it. Result: like x.
  public struct PRelu: Operation {
    /// `prelu`.
    public static let name = "prelu"

    /// Creates the operation; it has no attributes.
    public init() {}

    /// Returns the type of x; the slope must broadcast to it.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(2...2, of: .floats)
      try inputs.requireOneType()
      let shape = try Dimension.broadcast(inputs[0].shape, inputs[1].shape)
      guard shape.count == inputs[0].rank, zip(shape, inputs[0].shape).allSatisfy({ $0.isCompatible(with: $1) }) else {
        throw ShapeError("the slope does not broadcast to x")
      }
      return [inputs[0]]
    }

    /// Each element of the result depends on the two at the same position.
    public var facts: OperationFacts { OperationFacts(reach: .element, cost: .uncounted, integers: .none) }

    /// Returns x where it is 0 or more, and `slope · x` elsewhere.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let zero = Tensor(zeros: [], elementType: inputs[0].elementType)
      let isNegative = Reference.binary(inputs[0], zero, .less)
      return [Reference.select(isNegative, Reference.binary(inputs[0], inputs[1], .multiply), inputs[0])]
    }
  }
}
