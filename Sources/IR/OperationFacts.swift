import Tensors

/// The properties of an operation that planners, passes and reports use, beside its shape rule and reference
/// implementation.
///
/// No property has a default, so that a new operation must specify all of them, and the compiler finds all operations
/// that a new property concerns. All operations are pure: one that draws random numbers takes its key as an input.
public struct OperationFacts: Sendable {
  /// The elements of the inputs that an element of a result depends on.
  public enum Reach: Sendable {
    /// Those at the same position after broadcasting, in the same way at each position: the operation commutes with
    /// permutations of the axes.
    case element
    /// Those of the same clip, if the first axis of inputs and results is the batch.
    case clip
    /// Those of several clips, or the position in the batch.
    case batch
  }

  /// The cost of an operation as usually reported: multiply-adds of convolutions and matrix products, including
  /// padding.
  public enum Cost: Sendable {
    /// No cost: elementwise work and data movement are not counted.
    case uncounted
    /// The number of multiply-adds, for inputs and results with given shapes.
    case multiplyAdds(@Sendable (_ inputs: [[Int]], _ results: [[Int]]) -> Int)

    /// Returns the product of lengths, but at most 2⁴⁴, which is more than can be run: so that costs can be added up, whatever
    /// the lengths are.
    static func count(_ lengths: [Int]) -> Int {
      lengths.reduce(1) { count, length in
        let (product, overflow) = count.multipliedReportingOverflow(by: length)
        return overflow ? 1 << 44 : min(product, 1 << 44)
      }
    }
  }

  /// How an operation runs in a quantized graph.
  public enum Integers: Sendable {
    /// It runs in floating point.
    case none
    /// It runs in floating point with weights that are bytes, the inputs with these indices. `meaning` computes it in
    /// an order of operations that gives the same result to the last bit everywhere.
    case storedWeights(_ inputs: [Int], meaning: @Sendable ([Tensor]) -> [Tensor])
    /// It runs in integers, if a node has an integer form.
    case form(@Sendable (IntegerNode) throws(IntegerRefusal) -> IntegerForm)

    /// Whether it runs in floating point with weights that are bytes.
    var storesWeights: Bool { if case .storedWeights = self { true } else { false } }
  }

  /// The elements of the inputs that an element of a result depends on.
  public let reach: Reach
  /// The cost.
  public let cost: Cost
  /// How it runs in a quantized graph.
  public let integers: Integers

  /// Creates the properties of an operation.
  ///
  /// - Parameters:
  ///   - reach: The elements of the inputs that an element of a result depends on.
  ///   - cost: The cost.
  ///   - integers: How it runs in a quantized graph.
  public init(reach: Reach, cost: Cost, integers: Integers) {
    self.reach = reach
    self.cost = cost
    self.integers = integers
  }
}
