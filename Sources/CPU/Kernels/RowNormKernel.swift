import CKernels

/// Layer or root mean square normalization of rows of floats.
public struct RowNormKernel: Sendable {
  private let kernels: KernelSet
  private let count: Int
  private let epsilon: Float
  private let centers: Bool

  /// Prepares the kernel for rows of a length.
  ///
  /// - Parameters:
  ///   - kernels: The kernels of an instruction set, of `float32`.
  ///   - count: The number of floats in a row, 1 or more.
  ///   - epsilon: The number that is added to the variance.
  ///   - centers: Whether the mean is subtracted, as in layer normalization.
  public init(kernels: KernelSet, count: Int, epsilon: Float, centers: Bool) {
    self.kernels = kernels
    self.count = count
    self.epsilon = epsilon
    self.centers = centers
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("norm_rows") }

  /// Computes adjacent rows; the output may be the input's memory.
  ///
  /// - Parameters:
  ///   - input: The first row.
  ///   - scale: A factor for each column.
  ///   - shift: A summand for each column; nil for none.
  ///   - output: The first row of the results.
  ///   - rows: The number of rows.
  public func run(
    input: UnsafePointer<Float>, scale: UnsafePointer<Float>, shift: UnsafePointer<Float>?,
    output: UnsafeMutablePointer<Float>, rows: Int
  ) {
    var task = va_norm_rows(
      x: input, scale: scale, shift: shift, y: output, rows: rows, count: count, epsilon: epsilon, centers: centers)
    kernels.table.pointee.norm_rows(&task)
  }
}
