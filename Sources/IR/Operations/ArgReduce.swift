import Tensors

extension Operations {
  /// The index of the largest or smallest element along an axis.
  ///
  /// Input: x of any shape and type of numbers. Result: `int64`, x's shape without the axis, or with length 1 there.
  public struct ArgReduce: Operation {
    /// `arg_reduce`.
    public static let name = "arg_reduce"
    /// Which element is looked for.
    public var extreme: Extreme
    /// The axis.
    public var axis: Int
    /// Whether the axis is kept with length 1.
    public var keepsAxis: Bool
    /// Whether the last one of several equal elements is taken, and not the first.
    public var selectsLast: Bool

    /// Creates the operation from its attributes.
    public init(_ extreme: Extreme, axis: Int, keepsAxis: Bool = false, selectsLast: Bool = false) {
      self.extreme = extreme
      self.axis = axis
      self.keepsAxis = keepsAxis
      self.selectsLast = selectsLast
    }

    /// Returns x's shape without the axis, or with length 1 there.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .numbers)
      try inputs[0].requireAxis(axis)
      if inputs[0].shape[axis].value == 0 { throw ShapeError("axis \(axis) is empty") }
      return [ValueType(inputs[0].reduced(over: [axis], keepsAxes: keepsAxis), elementType: .int64)]
    }

    /// Clips are independent, unless the axis is the batch.
    public var facts: OperationFacts {
      OperationFacts(reach: axis == 0 ? .batch : .clip, cost: .uncounted, integers: .none)
    }

    /// Returns the indices.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let indices = Reference.extremeIndex(
        inputs[0], axis: axis, selectsLargest: extreme == .maximum, selectsLast: selectsLast)
      return [indices.without([axis], keepsAxes: keepsAxis)]
    }
  }

  /// The largest or smallest elements along an axis in order, and their indices.
  ///
  /// Input: x of any shape and type of numbers. Results: the elements; their indices as `int64`. Of equal elements the
  /// first comes first.
  public struct TopK: Operation {
    /// `top_k`.
    public static let name = "top_k"
    /// Which elements are selected.
    public var extreme: Extreme
    /// How many, at most the axis's length.
    public var count: Int
    /// The axis.
    public var axis: Int

    /// Creates the operation from its attributes.
    public init(_ extreme: Extreme = .maximum, count: Int, axis: Int) {
      self.extreme = extreme
      self.count = count
      self.axis = axis
    }

    /// Returns x's shape with the count for the axis, twice.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .numbers)
      try inputs[0].requireAxis(axis)
      guard count >= 0, count <= inputs[0].shape[axis].value ?? count else {
        throw ShapeError("\(count) elements cannot be selected of \(inputs[0].shape[axis])")
      }
      var shape = inputs[0].shape
      shape[axis] = .fixed(count)
      return [ValueType(shape, elementType: inputs[0].elementType), ValueType(shape, elementType: .int64)]
    }

    /// Clips are independent, unless the axis is the batch.
    public var facts: OperationFacts {
      OperationFacts(reach: axis == 0 ? .batch : .clip, cost: .uncounted, integers: .none)
    }

    /// Returns the elements and their indices.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let top = Reference.top(inputs[0], count: count, axis: axis, selectsLargest: extreme == .maximum)
      return [top.values, top.indices]
    }
  }
}

/// The largest or the smallest of several elements.
public enum Extreme: String, Sendable, Codable, CaseIterable {
  /// The largest.
  case maximum
  /// The smallest.
  case minimum
}
