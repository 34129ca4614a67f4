import Tensors

extension Operations {
  /// A value along a new axis at an index, and another one elsewhere.
  ///
  /// Inputs: indices of any shape, negative ones from the end; `[2]`, the value elsewhere and the one at the index, of
  /// any element type. Result: the indices' shape with the new axis. An index that is out of range is nowhere.
  public struct OneHot: Operation {
    /// `one_hot`.
    public static let name = "one_hot"
    /// The new axis.
    public var axis: Int
    /// The length of the new axis.
    public var length: Int

    /// Creates the operation from its attributes.
    public init(axis: Int, length: Int) {
      self.axis = axis
      self.length = length
    }

    /// Returns the indices' shape with the new axis and the values' element type.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(2...2, of: .any)
      try inputs[0].require(.indices, "the indices")
      try inputs[1].require([2], "the values")
      guard (0...inputs[0].rank).contains(axis), (0...1 << 40).contains(length) else {
        throw ShapeError("a new axis \(axis) of length \(length) is not possible")
      }
      var shape = inputs[0].shape
      shape.insert(.fixed(length), at: axis)
      return [ValueType(shape, elementType: inputs[1].elementType)]
    }

    /// Clips are independent, unless the new axis is the first one.
    public var facts: OperationFacts {
      OperationFacts(reach: axis == 0 ? .batch : .clip, cost: .uncounted, integers: .none)
    }

    /// Returns the values.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Reference.oneHot(inputs[0], values: inputs[1], axis: axis, length: length)]
    }
  }
}
