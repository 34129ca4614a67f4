import Tensors

/// What planners, passes and reports ask of an operation beside its shape rule and its meaning.
///
/// Nothing has a default: whoever adds an operation answers every question, and whoever adds a question is led to every operation.
/// Whether an operation is pure is no question: all are. One that draws random numbers takes its key as an input.
public struct OperationFacts: Sendable {
  /// Which elements of its inputs an element of a result depends on.
  public enum Reach: Sendable {
    /// Those at the same place, after broadcasting, whatever the place: the operation commutes with a permutation of the axes.
    case element
    /// Those of the same clip, given that the first axis of inputs and results counts clips.
    case clip
    /// Those of several clips, or the place in the batch.
    case batch
  }

  /// What an operation takes, counted as the field does: multiply-adds of convolutions and matrix products, padding included.
  public enum Cost: Sendable {
    /// Elementwise work and the movement of data are not counted.
    case uncounted
    /// The number of multiply-adds for inputs and results of these shapes.
    case multiplyAdds(@Sendable (_ inputs: [[Int]], _ results: [[Int]]) -> Int)
  }

  /// How an operation runs in a graph whose values are integers.
  public enum Integers: Sendable {
    /// In floating point.
    case none
    /// In floating point, with weights that are bytes: the inputs of these numbers, in an order of operations that gives the same
    /// result to the last bit everywhere.
    case storedWeights(_ inputs: [Int], meaning: @Sendable ([Tensor]) -> [Tensor])
    /// In integers, where a node has this form.
    case form(@Sendable (IntegerNode) throws(IntegerRefusal) -> IntegerForm)
  }

  /// Which elements of its inputs an element of a result depends on.
  public let reach: Reach
  /// What it takes.
  public let cost: Cost
  /// How it runs in integers.
  public let integers: Integers

  /// The answers for an operation with its attributes.
  public init(reach: Reach, cost: Cost, integers: Integers) {
    self.reach = reach
    self.cost = cost
    self.integers = integers
  }
}
