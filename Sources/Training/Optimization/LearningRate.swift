import func Foundation.cos
import func Foundation.pow

/// A learning-rate schedule: a linear warm-up, then a decay.
public struct LearningRate: Sendable, Hashable {
  /// How the rate falls after the warm-up.
  public enum Decay: Sendable, Hashable {
    /// It stays constant.
    case constant
    /// Along half a cosine to 0 (Loshchilov and Hutter 2017).
    case cosine
    /// By a factor at each of the given shares of the run, 0...1.
    case steps([Double], factor: Double)
  }

  /// The highest rate.
  public var peak: Double
  /// The share of the run, 0...1, over which the rate rises to the peak.
  public var warmUp: Double
  /// How the rate falls after the warm-up.
  public var decay: Decay

  /// Creates a schedule.
  public init(peak: Double, warmUp: Double = 0.05, decay: Decay = .cosine) {
    self.peak = peak
    self.warmUp = warmUp
    self.decay = decay
  }

  /// Returns the rate of a step, counted from 0, in a run of `count` steps.
  public func rate(step: Int, of count: Int) -> Double {
    let rising = (warmUp * Double(count)).rounded()
    if Double(step) < rising { return peak * Double(step + 1) / rising }
    switch decay {
    case .constant: return peak
    case .cosine:
      let share = (Double(step) - rising) / max(Double(count) - rising, 1)
      return peak * 0.5 * (1 + cos(.pi * min(share, 1)))
    case .steps(let shares, let factor):
      let passed = shares.count { Double(step) >= $0 * Double(count) }
      return peak * pow(factor, Double(passed))
    }
  }
}
