import CKernels

/// Functions of each element of a value, on whole vectors.
///
/// Every function works on a run of floats whose count is a multiple of ``ISA/width``, as a run of pixels is.
public struct ElementwiseKernel: Sendable {
  private let isa: ISA

  /// The kernel of an instruction set.
  public init(isa: ISA) { self.isa = isa }

  /// The name in a profile of the kernel that applies an activation.
  public var activationName: String { "f32_activation_\(isa)" }

  /// The name in a profile of the kernel of two operands.
  public var binaryName: String { "f32_binary_\(isa)" }

  /// Applies a function to each element; nil copies. The output may be the input's memory.
  public func activate(
    _ function: ActivationFunction?, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, count: Int
  ) {
    isa.float32.activation(function.code, input, output, count / isa.width)
  }

  /// The right operand of a function of two.
  public enum Operand {
    /// As many elements as the left one.
    case same(UnsafePointer<Float>)
    /// One pixel of some floats, the same for all pixels.
    case pixel(UnsafePointer<Float>, count: Int)
    /// A number.
    case scalar(Float)
  }

  /// Computes `activation(function(left, right))`. The output may be the memory of an operand that is as long.
  ///
  /// - Parameters:
  ///   - count: floats of the left operand; whole pixels if the right one is a pixel.
  ///   - swapped: Whether to compute `function(right, left)` instead.
  public func combine(
    _ function: BinaryFunction, _ left: UnsafePointer<Float>, _ right: Operand, swapped: Bool = false,
    activation: ActivationFunction? = nil, output: UnsafeMutablePointer<Float>, count: Int
  ) {
    let vectors = count / isa.width
    let run = { (right: UnsafePointer<Float>, rows: Int, isScalar: Bool) in
      var task = f32_binary(
        a: left, b: right, y: output, rows: rows, vectors: rows == 0 ? 0 : vectors / rows, b_stride: 0,
        b_is_scalar: isScalar, swapped: swapped, function: function.code, activation: activation.code)
      isa.float32.binary(&task)
    }
    switch right {
    case .same(let values): run(values, 1, false)
    case .pixel(let values, let pixel): run(values, pixel == 0 ? 0 : count / pixel, false)
    case .scalar(let value): withUnsafePointer(to: value) { run($0, 1, true) }
    }
  }
}

extension BinaryFunction {
  /// The kernels' number for it.
  fileprivate var code: Int32 {
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
