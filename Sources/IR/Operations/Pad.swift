import Tensors

extension Operations {
  /// Pads a value with a constant.
  ///
  /// Input: x of any element type that can represent the constant. Result: x with longer axes.
  public struct Pad: Operation {
    /// `pad`.
    public static let name = "pad"
    /// The number of elements to add before each axis.
    public var before: [Int]
    /// The number of elements to add after each axis.
    public var after: [Int]
    /// The constant.
    public var value: Float

    /// Creates padding with a constant.
    public init(before: [Int], after: [Int], value: Float = 0) {
      self.before = before
      self.after = after
      self.value = value
    }

    /// Returns the type of x with the added lengths.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .any)
      guard before.count == inputs[0].rank, after.count == inputs[0].rank,
        (before + after).allSatisfy({ (0...1 << 20).contains($0) })
      else { throw ShapeError("the padding must be 0 or more for each of \(inputs[0].rank) axes") }
      guard inputs[0].elementType.holds(Double(value)) else {
        throw ShapeError("\(inputs[0].elementType) values cannot be surrounded with \(value)")
      }
      return [
        ValueType(
          inputs[0].shape.enumerated().map { $1.floorDivided(adding: before[$0] + after[$0], by: 1) },
          elementType: inputs[0].elementType)
      ]
    }

    /// Clips are independent, unless the batch is padded.
    public var facts: OperationFacts {
      OperationFacts(reach: before.first == 0 && after.first == 0 ? .clip : .batch, cost: .uncounted, integers: .none)
    }

    /// Returns x with the constant around it.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Reference.pad(inputs[0], before: before, after: after, value: value)]
    }
  }
}
