extension Reference {
  /// Functions of floats as the kernels compute them, with the same polynomials and order of operations, so that every
  /// device gives the same bits.
  enum KernelFunctions {
    /// Returns eˣ for an x in units of a scale, where factor = scale · log₂ e; the exponent is clamped to ±87.3, the
    /// range of float32.
    ///
    /// 2ᵗ = 2ⁿ · 2ᶠ with n = round(t) and |f| ≤ 1/2: adding a number whose last bit is worth 1 rounds t, and that number carries
    /// the exponent's bias, so that a shift of the sum's bits is 2ⁿ. Minimax polynomial, relative error 1e-7.
    static func exponential(_ x: Float, factor: Float = log2e) -> Float {
      let rounder: Float = 12_582_912 + 127
      let limit = 125.9 / abs(factor)
      let x = atMost(atLeast(x, -limit), limit)
      let sum = rounder.addingProduct(x, factor)
      let f = (rounder - sum).addingProduct(x, factor)
      let power = Float(bitPattern: sum.bitPattern << 23)
      let coefficients: [Float] = [0.009671513, 0.055507336, 0.24022242, 0.693147, 1]
      return coefficients.reduce(0.0013264727) { $1.addingProduct($0, f) } * power
    }

    /// Returns the value of a function, which is NaN for NaN.
    static func activate(_ x: Float, _ function: ActivationFunction?) -> Float {
      switch function {
      case nil: x
      case .relu: atLeast(x, 0)
      case .swish: x / (1 + exponential(x, factor: -log2e))
      case .hardSwish: x * hardSigmoid(x)
      case .sigmoid: 1 / (1 + exponential(x, factor: -log2e))
      case .hardSigmoid: hardSigmoid(x)
      case .gelu: gelu(x)
      case .tanh: hyperbolicTangent(x)
      }
    }

    private static let log2e: Float = 1.44269504

    private static func atLeast(_ x: Float, _ bound: Float) -> Float { bound > x ? bound : x }
    private static func atMost(_ x: Float, _ bound: Float) -> Float { bound < x ? bound : x }
    private static func hardSigmoid(_ x: Float) -> Float { atMost(atLeast(x + 3, 0), 6) * (1 / 6) }

    /// Returns x · Φ(x); the tail of Φ by Abramowitz and Stegun 7.1.26 (absolute error 1.5e-7), which has no
    /// cancellation for x < 0.
    private static func gelu(_ x: Float) -> Float {
      let z = abs(x) * 0.70710678
      let t = 1 / Float(1).addingProduct(z, 0.3275911)
      let coefficients: [Float] = [-1.453152027, 1.421413741, -0.284496736, 0.254829592]
      let p = coefficients.reduce(1.061405429) { $1.addingProduct($0, t) }
      let tail = 0.5 * p * t * exponential(z * z, factor: -log2e)
      return x * (x < 0 ? tail : 1 - tail)
    }

    /// Returns tanh(x); near 0 by an odd polynomial (Cephes), as 1 − 2 / (e²ˣ + 1) loses digits there.
    private static func hyperbolicTangent(_ x: Float) -> Float {
      let size = abs(x)
      let square = x * x
      let coefficients: [Float] = [2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1]
      let p = coefficients.reduce(-5.70498872745e-3) { $1.addingProduct($0, square) }
      guard size > 0.625 else { return x.addingProduct(p * square, x) }
      let large = 1 - 2 / (1 + exponential(size, factor: 2 * log2e))
      return x < 0 ? -large : large
    }
  }
}
