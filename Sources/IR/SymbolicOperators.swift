extension SymbolicTensor {
  /// The sum; shapes broadcast.
  public static func + (left: SymbolicTensor, right: SymbolicTensor) -> SymbolicTensor {
    left.applying(Operations.Binary(.add), right)
  }

  /// The difference; shapes broadcast.
  public static func - (left: SymbolicTensor, right: SymbolicTensor) -> SymbolicTensor {
    left.applying(Operations.Binary(.subtract), right)
  }

  /// The product, element by element; shapes broadcast.
  public static func * (left: SymbolicTensor, right: SymbolicTensor) -> SymbolicTensor {
    left.applying(Operations.Binary(.multiply), right)
  }

  /// The quotient, element by element; shapes broadcast.
  public static func / (left: SymbolicTensor, right: SymbolicTensor) -> SymbolicTensor {
    left.applying(Operations.Binary(.divide), right)
  }

  /// The axes in another order: axis `i` of the result is axis `order[i]`.
  public func permuted(_ order: Int...) -> SymbolicTensor { applying(Operations.Permute(order)) }

  /// The same elements under another shape; 0 copies an axis's length, −1 takes what is left.
  public func reshaped(to shape: Int...) -> SymbolicTensor { applying(Operations.Reshape(shape)) }

  /// The mean over some axes.
  public func mean(axes: [Int], keepsAxes: Bool = false) -> SymbolicTensor {
    applying(Operations.Mean(axes: axes, keepsAxes: keepsAxes))
  }

  /// Values joined along an axis.
  public static func concatenated(_ values: [SymbolicTensor], axis: Int) -> SymbolicTensor {
    values[0].builder.apply(Operations.Concat(axis: axis), values)
  }
}
