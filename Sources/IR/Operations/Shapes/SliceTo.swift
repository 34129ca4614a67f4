import Tensors

extension Operations {
  /// A part of an axis whose bounds the graph computes; ``Slice`` has them as attributes.
  ///
  /// Inputs: x, the start and the end, int64 `[1]`.
  public struct SliceTo: DynamicOperation {
    /// `slice_to`.
    public static let name = "slice_to"
    /// The axis.
    public var axis: Int
    /// The step from one element to the next, not 0.
    public var step: Int

    /// Creates a slice of an axis.
    public init(axis: Int, step: Int = 1) {
      self.axis = axis
      self.step = step
    }

    /// Returns the type of x with another length for the axis.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireDynamic(3...3)
      try inputs[0].requireAxis(axis)
      for bound in inputs.dropFirst() { try bound.require([1], "a bound") }
      if let types = try knownTypes(inputs) { return types }
      var result = ValueType(inputs[0].shape, elementType: inputs[0].elementType)
      let bounds = inputs.dropFirst().map { $0.elements?.first?.description ?? "" }
      result.shape[axis] = .computed("\(result.shape[axis])[\(bounds.joined(separator: ":"))]")
      return [result]
    }

    /// Returns the slice with the integers as bounds.
    public func fixed(by integers: [[Int]], for x: ValueType) throws(ShapeError) -> any Operation {
      Slice(axis: axis, start: integers[0][0], end: integers[1][0], step: step)
    }
  }
}
