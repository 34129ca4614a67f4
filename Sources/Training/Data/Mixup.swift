import Foundation
import Tensors

/// Blends each clip of a batch with the one before it (Zhang et al. 2018).
struct Mixup {
  /// The share of the clip itself; the rest is its neighbor's.
  let share: Float

  init(share: Float) { self.share = share }

  /// Draws a share from the distribution Beta(α, α).
  init(alpha: Double, using generator: inout RandomStream) {
    let own = Self.logGamma(alpha, using: &generator)
    let other = Self.logGamma(alpha, using: &generator)
    // In logarithms: with a small α the numbers themselves are often too small for a Double.
    share = Float(1 / (1 + exp(other - own)))
  }

  /// Returns rows `[N, …]`, each blended with its neighbor.
  func applied(to rows: Tensor) -> Tensor {
    let values: [Float] = rows.elements()
    let count = rows.shape[0]
    let size = values.count / max(count, 1)
    var result = values
    for row in 0..<count {
      let own = row * size
      let other = (row + count - 1) % count * size
      for index in 0..<size { result[own + index] = share * values[own + index] + (1 - share) * values[other + index] }
    }
    return Tensor(result, shape: rows.shape)
  }

  /// Returns the logarithm of a number from the distribution Gamma(α) (Marsaglia and Tsang 2000).
  private static func logGamma(_ alpha: Double, using generator: inout RandomStream) -> Double {
    // Below 1: of α + 1, times u^(1/α).
    if alpha < 1 {
      let u = Double.random(in: Double.leastNonzeroMagnitude..<1, using: &generator)
      return logGamma(alpha + 1, using: &generator) + log(u) / alpha
    }
    let d = alpha - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal(using: &generator)
      let v = (1 + c * x) * (1 + c * x) * (1 + c * x)
      let u = Double.random(in: Double.leastNonzeroMagnitude..<1, using: &generator)
      if v > 0, log(u) < 0.5 * x * x + d * (1 - v + log(v)) { return log(d) + log(v) }
    }
  }

  /// Returns a number from the standard normal distribution (Box and Muller 1958).
  private static func normal(using generator: inout RandomStream) -> Double {
    let u = Double.random(in: Double.leastNonzeroMagnitude..<1, using: &generator)
    let angle = Double.random(in: 0..<2 * Double.pi, using: &generator)
    return (-2 * log(u)).squareRoot() * cos(angle)
  }
}
