import CKernels

/// Softmax over rows of elements, such as a classifier's logits.
public struct SoftmaxKernel: Sendable {
  private let kernels: KernelSet
  private let count: Int

  /// Prepares the kernel for rows of `count` elements.
  public init(kernels: KernelSet, count: Int) {
    self.kernels = kernels
    self.count = count
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("softmax") }

  /// Computes rows; the output may be the input's memory.
  ///
  /// - Parameters:
  ///   - input: The first row of the input.
  ///   - output: The first row of the output.
  ///   - stride: The number of elements from one row to the next, in input and output.
  ///   - rows: The rows to compute.
  public func run(input: UnsafeRawPointer, output: UnsafeMutableRawPointer, stride: Int, rows: Range<Int>) {
    for row in rows {
      let offset = row * stride * kernels.elementSize
      kernels.table.pointee.softmax(input + offset, output + offset, count)
    }
  }
}
