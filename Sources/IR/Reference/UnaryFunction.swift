#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif
import Tensors

/// A mathematical function that is applied to each element. Functions that end a layer of a network, and that kernels
/// apply to the results of others, are ``ActivationFunction``.
public enum UnaryFunction: String, Sendable, Codable, CaseIterable {
  /// −x.
  case negate
  /// |x|.
  case abs
  /// −1, 0 or 1.
  case sign
  /// 1 / x.
  case reciprocal
  /// √x.
  case sqrt
  /// eˣ.
  case exp
  /// The natural logarithm.
  case log
  /// The largest integer that is not above x.
  case floor
  /// The smallest integer that is not below x.
  case ceil
  /// The nearest integer; of two, the even one.
  case round
  /// The error function.
  case erf
  /// The sine of x in radians.
  case sin
  /// The cosine of x in radians.
  case cos
  /// The tangent of x in radians.
  case tan
  /// The arcsine in radians.
  case asin
  /// The arccosine in radians.
  case acos
  /// The arctangent in radians.
  case atan
  /// The hyperbolic sine.
  case sinh
  /// The hyperbolic cosine.
  case cosh
  /// The inverse hyperbolic sine.
  case asinh
  /// The inverse hyperbolic cosine.
  case acosh
  /// The inverse hyperbolic tangent.
  case atanh
  /// log(1 + eˣ).
  case softplus
  /// x / (1 + |x|).
  case softsign
  /// Not x; of integers, bit by bit.
  case not
  /// Whether x is NaN.
  case isNaN = "is_nan"
  /// Whether x is infinite.
  case isInfinite = "is_infinite"

  /// Whether the result is a boolean, whatever x is.
  public var isTest: Bool { self == .isNaN || self == .isInfinite }

  /// The element types that the function takes.
  var elementTypes: [ElementType] {
    switch self {
    case .negate, .abs, .sign: .numbers
    case .not: .any.filter { !$0.isFloatingPoint }
    default: .floats
    }
  }

  /// Returns the value of a function of real numbers; tests give 1 or 0, and the function of bits NaN.
  package func value(_ x: Double) -> Double { realValue(self, x) }
}

/// Outside of the type, as its cases have the names of the C functions.
private func realValue(_ function: UnaryFunction, _ x: Double) -> Double {
  switch function {
  case .negate: -x
  case .abs: x.magnitude
  case .sign: x > 0 ? 1 : x < 0 ? -1 : x
  case .reciprocal: 1 / x
  case .sqrt: x.squareRoot()
  case .exp: exp(x)
  case .log: log(x)
  case .floor: x.rounded(.down)
  case .ceil: x.rounded(.up)
  case .round: x.rounded(.toNearestOrEven)
  case .erf: erf(x)
  case .sin: sin(x)
  case .cos: cos(x)
  case .tan: tan(x)
  case .asin: asin(x)
  case .acos: acos(x)
  case .atan: atan(x)
  case .sinh: sinh(x)
  case .cosh: cosh(x)
  case .asinh: asinh(x)
  case .acosh: acosh(x)
  case .atanh: atanh(x)
  case .softplus: max(x, 0) + log1p(exp(-x.magnitude))
  case .softsign: x / (1 + x.magnitude)
  case .isNaN: x.isNaN ? 1 : 0
  case .isInfinite: x.isInfinite ? 1 : 0
  case .not: .nan
  }
}
