import CKernels
import IR

/// Functions of each element of a value, on whole vectors.
///
/// Every function works on a run of elements whose count is a multiple of ``KernelSet/width``, as a run of pixels is.
public struct ElementwiseKernel: Sendable {
  private let kernels: KernelSet

  /// Creates the kernel for an instruction set and format.
  public init(kernels: KernelSet) { self.kernels = kernels }

  /// The profile name of the kernel that applies an activation.
  public var activationName: String { kernels.name("activation") }

  /// The profile name of the kernel that combines two operands.
  public var binaryName: String { kernels.name("binary") }

  /// Applies a function to each element, or copies the elements if it is nil; the output may be the input's memory.
  public func activate(
    _ function: ActivationFunction?, input: UnsafeRawPointer, output: UnsafeMutableRawPointer, count: Int
  ) {
    kernels.table.pointee.activation(function.code, input, output, count / kernels.width)
  }

  /// Applies a function to each of any number of floats; the output may be the input's memory.
  ///
  /// - Precondition: The kernel is one of `float32`.
  func activateFloats(
    _ function: ActivationFunction, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, count: Int
  ) {
    kernels.wholeVectors(of: count, input, nil, to: output) { x, _, y, count in
      activate(function, input: x, output: y, count: count)
    }
  }

  /// Computes `function(left, right)`, or `function(right, left)`, for each of any number of floats.
  ///
  /// - Precondition: The kernel is one of `float32`, and the right operand is no pixel.
  func combineFloats(
    _ function: BinaryFunction, _ left: UnsafePointer<Float>, _ right: Operand, swapped: Bool,
    output: UnsafeMutablePointer<Float>, count: Int
  ) {
    var other: UnsafePointer<Float>?
    if case .same(let values) = right { other = values.assumingMemoryBound(to: Float.self) }
    kernels.wholeVectors(of: count, left, other, to: output) { x, other, y, count in
      combine(function, x, other.map { .same($0) } ?? right, swapped: swapped, output: y, count: count)
    }
  }

  /// The right operand of a function of two numbers.
  public enum Operand {
    /// As many elements as the left one.
    case same(UnsafeRawPointer)
    /// One pixel of `count` elements, repeated for all pixels.
    case pixel(UnsafeRawPointer, count: Int)
    /// One number for all elements.
    case scalar(Float)
  }

  /// Computes `activation(function(left, right))` for each element; the output may be the memory of an operand of the
  /// same length.
  ///
  /// - Parameters:
  ///   - function: The function of two numbers, one that has a kernel.
  ///   - left: The left operand, `count` elements.
  ///   - right: The right operand.
  ///   - swapped: Whether to compute `function(right, left)` instead.
  ///   - activation: The function that is applied to the results; nil for none.
  ///   - output: The memory for `count` elements.
  ///   - count: The number of elements of the left operand, a multiple of ``KernelSet/width``; whole pixels if the
  ///     right operand is a pixel.
  public func combine(
    _ function: BinaryFunction, _ left: UnsafeRawPointer, _ right: Operand, swapped: Bool = false,
    activation: ActivationFunction? = nil, output: UnsafeMutableRawPointer, count: Int
  ) {
    guard let code = function.code else { preconditionFailure("no kernel computes '\(function)'") }
    let vectors = count / kernels.width
    let run = { (right: UnsafeRawPointer, rows: Int, isScalar: Bool) in
      var task = va_binary(
        a: left, b: right, y: output, rows: rows, vectors: rows == 0 ? 0 : vectors / rows, b_stride: 0,
        b_is_scalar: isScalar, swapped: swapped, function: code, activation: activation.code)
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
  /// The function's constant in the kernels' headers; nil if there is no kernel.
  package var code: Int32? {
    switch self {
    case .add: Int32(va_binary_add)
    case .subtract: Int32(va_binary_subtract)
    case .multiply: Int32(va_binary_multiply)
    case .divide: Int32(va_binary_divide)
    case .maximum: Int32(va_binary_maximum)
    case .minimum: Int32(va_binary_minimum)
    case .power, .modulo, .remainder, .equal, .less, .lessOrEqual, .greater, .greaterOrEqual, .and, .or, .xor: nil
    }
  }
}
