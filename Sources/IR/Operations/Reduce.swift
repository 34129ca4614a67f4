import Tensors

extension Operations {
  /// A function of the elements along some axes, such as their sum. (Averages are ``Mean``.)
  ///
  /// Input: x of any shape and type of numbers. Result: x's shape without these axes, or with length 1 there.
  public struct Reduce: Operation {
    /// `reduce`.
    public static let name = "reduce"
    /// The function.
    public var function: ReductionFunction
    /// The axes.
    public var axes: [Int]
    /// Whether the axes are kept with length 1.
    public var keepsAxes: Bool

    /// Creates a reduction over some axes.
    public init(_ function: ReductionFunction, axes: [Int], keepsAxes: Bool = false) {
      self.function = function
      self.axes = axes
      self.keepsAxes = keepsAxes
    }

    /// Returns x's shape without the axes, or with length 1 there.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .numbers)
      try inputs[0].requireAxes(axes)
      return [ValueType(inputs[0].reduced(over: axes, keepsAxes: keepsAxes), elementType: inputs[0].elementType)]
    }

    /// Clips are independent, unless they are reduced.
    public var facts: OperationFacts {
      OperationFacts(reach: axes.contains(0) ? .batch : .clip, cost: .uncounted, integers: .none)
    }

    /// Returns the function of the elements; sums of floating-point numbers are in double precision.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Reference.reduce(inputs[0], function, axes: axes).without(axes, keepsAxes: keepsAxes)]
    }
  }
}

extension ValueType {
  /// Returns the shape without some axes, or with length 1 there.
  func reduced(over axes: [Int], keepsAxes: Bool) -> [Dimension] {
    shape.enumerated().compactMap { axis, length in axes.contains(axis) ? (keepsAxes ? .fixed(1) : nil) : length }
  }
}

extension Tensor {
  /// Returns the tensor without some axes of length 1, unless they are kept.
  func without(_ axes: [Int], keepsAxes: Bool) -> Tensor {
    keepsAxes ? self : reshaped(to: shape.enumerated().filter { !axes.contains($0.offset) }.map(\.element))
  }
}
