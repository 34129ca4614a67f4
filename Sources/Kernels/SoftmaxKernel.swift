import CKernels

/// Softmax over rows of floats, as a classifier's logits are.
public struct SoftmaxKernel: Sendable {
  private let isa: ISA
  private let count: Int

  /// Prepares the kernel for rows of `count` elements.
  public init(isa: ISA, count: Int) {
    self.isa = isa
    self.count = count
  }

  /// The kernel's name in a profile.
  public var name: String { "f32_softmax_\(isa)" }

  /// Computes some rows; the output may be the input's memory.
  ///
  /// - Parameters:
  ///   - stride: floats from one row to the next, both of input and output.
  public func run(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, stride: Int, rows: Range<Int>) {
    for row in rows { isa.float32.softmax(input + row * stride, output + row * stride, count) }
  }
}
