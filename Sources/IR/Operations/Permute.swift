import Tensors

extension Operations {
  /// Reorders the axes.
  ///
  /// Input: x. Result: axis `i` is axis `order[i]` of x.
  public struct Permute: Operation {
    /// `permute`.
    public static let name = "permute"
    /// For each axis of the result, the axis of x that it is.
    public var order: [Int]

    /// A permutation of the axes.
    public init(_ order: [Int]) { self.order = order }

    /// Axis `i` has the length of axis `order[i]` of x.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .any)
      guard order.sorted() == Array(inputs[0].shape.indices) else {
        throw ShapeError("\(order) is not an order of \(inputs[0].rank) axes")
      }
      return [ValueType(order.map { inputs[0].shape[$0] }, elementType: inputs[0].elementType)]
    }

    /// Clips stay apart where their axis stays the first.
    public var facts: OperationFacts {
      OperationFacts(reach: order.first == 0 ? .clip : .batch, cost: .uncounted, integers: .none)
    }

    /// Element `[…]` of the result is that of x with its axes in the order.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] { [Reference.permute(inputs[0], order: order)] }
  }
}
