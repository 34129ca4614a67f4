import Tensors

extension Operations {
  /// Permutes the axes.
  ///
  /// Input: x. Result: axis `i` is axis `order[i]` of x.
  public struct Permute: Operation {
    /// `permute`.
    public static let name = "permute"
    /// The axis of x for each axis of the result.
    public var order: [Int]

    /// Creates a permutation of the axes.
    public init(_ order: [Int]) { self.order = order }

    /// Returns the permuted shape: axis `i` has the length of axis `order[i]` of x.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .any)
      guard order.sorted() == Array(inputs[0].shape.indices) else {
        throw ShapeError("\(order) is not an order of \(inputs[0].rank) axes")
      }
      return [ValueType(order.map { inputs[0].shape[$0] }, elementType: inputs[0].elementType)]
    }

    /// Clips are independent if the batch stays the first axis.
    public var facts: OperationFacts {
      OperationFacts(reach: order.first == 0 ? .clip : .batch, cost: .uncounted, integers: .none)
    }

    /// Returns x with its axes permuted.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] { [Reference.permute(inputs[0], order: order)] }
  }
}

extension Operations.Permute: ElementMoving {
  func moves(input: Int) -> Bool { input == 0 }
}
