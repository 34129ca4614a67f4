#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

/// An activation function with one or two parameters, α and β.
public enum ParametricFunction: String, Sendable, Codable, CaseIterable {
  /// x for x ≥ 0, else α·x (Maas et al. 2013).
  case leakyRelu = "leaky_relu"
  /// x for x ≥ 0, else α·(eˣ − 1) (Clevert et al. 2016).
  case elu
  /// β·x for x > 0, else β·α·(eˣ − 1) (Klambauer et al. 2017).
  case selu
  /// max(0, x) + min(0, α·(e^(x/α) − 1)) (Barron 2017).
  case celu
  /// x for x > α, else 0.
  case thresholdedRelu = "thresholded_relu"
  /// clamp(α·x + β, 0, 1).
  case hardSigmoid = "hard_sigmoid"
  /// x − β for x > α, x + β for x < −α, else 0.
  case shrink
  /// clamp(x, α, β).
  case clip
  /// x · sigmoid(α·x); with α = 1.702 known as the quick GELU.
  case scaledSwish = "scaled_swish"
  /// ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), an approximation of the GELU (Hendrycks and Gimpel 2016); without
  /// parameters.
  case geluTanh = "gelu_tanh"

  /// Returns the value of the function.
  ///
  /// - Parameters:
  ///   - x: The argument.
  ///   - alpha: α.
  ///   - beta: β; not used by functions with one parameter.
  public func callAsFunction(_ x: Double, alpha: Double, beta: Double) -> Double {
    switch self {
    case .leakyRelu: x < 0 ? alpha * x : x
    case .elu: x < 0 ? alpha * expm1(x) : x
    case .selu: beta * (x > 0 ? x : alpha * expm1(x))
    case .celu: x < 0 ? alpha * expm1(x / alpha) : x
    case .thresholdedRelu: x > alpha ? x : 0
    case .hardSigmoid: clamp(alpha * x + beta, 0, 1)
    case .shrink: x > alpha ? x - beta : x < -alpha ? x + beta : 0
    case .clip: clamp(x, alpha, beta)
    case .scaledSwish: x / (1 + exp(-alpha * x))
    case .geluTanh: x / (1 + exp(-2 * (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }
  }

  /// Returns x within bounds, or the upper one where they cross, as in NumPy; NaN stays NaN.
  private func clamp(_ x: Double, _ low: Double, _ high: Double) -> Double {
    let raised = x < low ? low : x
    return raised > high ? high : raised
  }
}
