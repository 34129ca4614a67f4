/// A class with its score.
public struct Prediction: Sendable, Equatable {
  /// The label of the class.
  public let label: String
  /// The index of the class.
  public let index: Int
  /// The probability of the class, 0...1.
  public let score: Float

  /// Creates a prediction.
  package init(label: String, index: Int, score: Float) {
    (self.label, self.index, self.score) = (label, index, score)
  }
}
