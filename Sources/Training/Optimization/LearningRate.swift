import func Foundation.cos
import func Foundation.pow

/// The learning rate over a run: it rises over the first steps, then falls.
public struct LearningRate: Sendable, Hashable {
  /// How it falls.
  public enum Decay: Sendable, Hashable {
    /// Not at all.
    case constant
    /// Along half a cosine to 0 (Loshchilov and Hutter 2017).
    case cosine
    /// By a factor at each of some shares of the run, 0…1.
    case steps([Double], factor: Double)
  }

  /// The highest rate.
  public var peak: Double
  /// The share of the run, 0…1, in which it rises to that.
  public var warmUp: Double
  /// How it falls after.
  public var decay: Decay

  /// A schedule.
  public init(peak: Double, warmUp: Double = 0.05, decay: Decay = .cosine) {
    self.peak = peak
    self.warmUp = warmUp
    self.decay = decay
  }

  /// The rate of a step, counted from 0, of a run of `count` steps.
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
