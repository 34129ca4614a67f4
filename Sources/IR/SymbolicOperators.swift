extension SymbolicTensor {
  /// Returns the sum; shapes broadcast.
  public static func + (left: SymbolicTensor, right: SymbolicTensor) -> SymbolicTensor {
    left.applying(Operations.Binary(.add), right)
  }

  /// Returns the difference; shapes broadcast.
  public static func - (left: SymbolicTensor, right: SymbolicTensor) -> SymbolicTensor {
    left.applying(Operations.Binary(.subtract), right)
  }

  /// Returns the product, element by element; shapes broadcast.
  public static func * (left: SymbolicTensor, right: SymbolicTensor) -> SymbolicTensor {
    left.applying(Operations.Binary(.multiply), right)
  }

  /// Returns the quotient, element by element; shapes broadcast.
  public static func / (left: SymbolicTensor, right: SymbolicTensor) -> SymbolicTensor {
    left.applying(Operations.Binary(.divide), right)
  }

  /// Returns the value with its axes permuted: axis `i` of the result is axis `order[i]`.
  public func permuted(_ order: Int...) -> SymbolicTensor { applying(Operations.Permute(order)) }

  /// Returns the elements with another shape; 0 copies the length of an axis, and −1 is inferred.
  public func reshaped(to shape: Int...) -> SymbolicTensor { applying(Operations.Reshape(shape)) }

  /// Returns the mean over some axes.
  ///
  /// - Parameters:
  ///   - axes: The axes to average, in ascending order.
  ///   - keepsAxes: Whether the averaged axes are kept with length 1.
  public func mean(axes: [Int], keepsAxes: Bool = false) -> SymbolicTensor {
    applying(Operations.Mean(axes: axes, keepsAxes: keepsAxes))
  }

  /// Returns values joined along an axis.
  ///
  /// - Parameters:
  ///   - values: One or more values, equal except for the length of the axis.
  ///   - axis: The axis.
  public static func concatenated(_ values: [SymbolicTensor], axis: Int) -> SymbolicTensor {
    values[0].builder.apply(Operations.Concat(axis: axis), values)
  }
}
