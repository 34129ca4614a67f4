import CKernels
import IR

/// Functions of each element of a value, on whole vectors.
///
/// Every function works on a run of elements whose count is a multiple of ``KernelSet/width``, as a run of pixels is.
public struct ElementwiseKernel: Sendable {
  private let kernels: KernelSet

  /// The kernel of an instruction set.
  public init(kernels: KernelSet) { self.kernels = kernels }

  /// The name in a profile of the kernel that applies an activation.
  public var activationName: String { kernels.name("activation") }

  /// The name in a profile of the kernel of two operands.
  public var binaryName: String { kernels.name("binary") }

  /// Applies a function to each element; nil copies. The output may be the input's memory.
  public func activate(
    _ function: ActivationFunction?, input: UnsafeRawPointer, output: UnsafeMutableRawPointer, count: Int
  ) {
    kernels.table.pointee.activation(function.code, input, output, count / kernels.width)
  }

  /// The right operand of a function of two.
  public enum Operand {
    /// As many elements as the left one.
    case same(UnsafeRawPointer)
    /// One pixel of some elements, the same for all pixels.
    case pixel(UnsafeRawPointer, count: Int)
    /// A number.
    case scalar(Float)
  }

  /// Computes `activation(function(left, right))`. The output may be the memory of an operand that is as long.
  ///
  /// - Parameters:
  ///   - count: elements of the left operand; whole pixels if the right one is a pixel.
  ///   - swapped: Whether to compute `function(right, left)` instead.
  public func combine(
    _ function: BinaryFunction, _ left: UnsafeRawPointer, _ right: Operand, swapped: Bool = false,
    activation: ActivationFunction? = nil, output: UnsafeMutableRawPointer, count: Int
  ) {
    let vectors = count / kernels.width
    let run = { (right: UnsafeRawPointer, rows: Int, isScalar: Bool) in
      var task = va_binary(
        a: left, b: right, y: output, rows: rows, vectors: rows == 0 ? 0 : vectors / rows, b_stride: 0,
        b_is_scalar: isScalar, swapped: swapped, function: function.code, activation: activation.code)
      kernels.table.pointee.binary(&task)
    }
    switch right {
    case .same(let values): run(values, 1, false)
    case .pixel(let values, let pixel): run(values, pixel == 0 ? 0 : count / pixel, false)
    case .scalar(let value): withUnsafePointer(to: value) { run($0, 1, true) }
    }
  }
}

extension BinaryFunction {
  /// Its constant in the kernels' headers.
  var code: Int32 {
    let code =
      switch self {
      case .add: va_binary_add
      case .subtract: va_binary_subtract
      case .multiply: va_binary_multiply
      case .divide: va_binary_divide
      case .maximum: va_binary_maximum
      case .minimum: va_binary_minimum
      }
    return Int32(code)
  }
}
