import CKernels
import IR

/// A function of each of any number of floats.
public struct RowFunctionKernel: Sendable {
  private let kernels: KernelSet
  private let code: Int32
  private let alpha: Float
  private let beta: Float

  /// Creates the kernel for a mathematical function; nil if there is none.
  public init?(kernels: KernelSet, _ function: UnaryFunction) {
    guard let code = function.code else { return nil }
    (self.kernels, self.code, alpha, beta) = (kernels, code, 0, 0)
  }

  /// Creates the kernel for a function with parameters; nil if there is none.
  ///
  /// - Parameters:
  ///   - kernels: The kernels of an instruction set, of `float32`.
  ///   - function: The function.
  ///   - alpha: The first parameter.
  ///   - beta: The second parameter.
  public init?(kernels: KernelSet, _ function: ParametricFunction, alpha: Float, beta: Float) {
    guard let code = function.code else { return nil }
    (self.kernels, self.code, self.alpha, self.beta) = (kernels, code, alpha, beta)
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("function") }

  /// Computes `count` results; the output may be the input's memory.
  public func run(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, count: Int) {
    kernels.wholeVectors(of: count, input, nil, to: output) { x, _, y, count in
      kernels.table.pointee.function(code, alpha, beta, x, y, count / kernels.width)
    }
  }
}

extension KernelSet {
  /// Calls `body` for the whole vectors of rows of floats, and for the rest, if there is one, in a vector's worth of
  /// memory of its own.
  ///
  /// - Parameters:
  ///   - count: The number of floats.
  ///   - x: The first operand.
  ///   - other: The second operand, of as many floats; nil for none.
  ///   - y: The results.
  ///   - body: Computes a number of results that is a multiple of the vectors' width.
  func wholeVectors(
    of count: Int, _ x: UnsafePointer<Float>, _ other: UnsafePointer<Float>?, to y: UnsafeMutablePointer<Float>,
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>?, UnsafeMutablePointer<Float>, Int) -> Void
  ) {
    let whole = count / width * width
    if whole > 0 { body(x, other, y, whole) }
    guard whole < count else { return }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * width) { rest in
      // Ones, so that nothing is divided by 0 past the end.
      rest.initialize(repeating: 1)
      guard let first = rest.baseAddress else { return }
      first.update(from: x + whole, count: count - whole)
      if let other { (first + width).update(from: other + whole, count: count - whole) }
      body(first, other.map { _ in UnsafePointer(first + width) }, first + 2 * width, width)
      (y + whole).update(from: first + 2 * width, count: count - whole)
    }
  }
}

extension UnaryFunction {
  /// The function's constant in the kernels' headers; nil if there is no kernel.
  fileprivate var code: Int32? {
    switch self {
    case .negate: Int32(va_function_negate)
    case .abs: Int32(va_function_abs)
    case .sqrt: Int32(va_function_sqrt)
    case .reciprocal: Int32(va_function_reciprocal)
    case .exp: Int32(va_function_exp)
    case .erf: Int32(va_function_erf)
    case .floor: Int32(va_function_floor)
    case .ceil: Int32(va_function_ceil)
    default: nil
    }
  }
}

extension ParametricFunction {
  /// The function's constant in the kernels' headers; nil if there is no kernel.
  fileprivate var code: Int32? {
    switch self {
    case .leakyRelu: Int32(va_function_leaky_relu)
    case .elu: Int32(va_function_elu)
    case .clip: Int32(va_function_clip)
    case .hardSigmoid: Int32(va_function_linear_sigmoid)
    case .geluTanh: Int32(va_function_gelu_tanh)
    case .scaledSwish: Int32(va_function_scaled_swish)
    case .selu, .celu, .thresholdedRelu, .shrink: nil
    }
  }
}
