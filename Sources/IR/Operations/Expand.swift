import Tensors

extension Operations {
  /// A value repeated along axes of length 1, and along new first axes.
  ///
  /// Input: x of any element type. Result: the broadcast of x's shape and the given one, of which a 1 keeps x's length.
  public struct Expand: Operation {
    /// `expand`.
    public static let name = "expand"
    /// The shape that x broadcasts with.
    public var shape: [Int]

    /// Creates the operation for a shape.
    public init(shape: [Int]) { self.shape = shape }

    /// Returns the broadcast of x's shape and the given one.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .any)
      guard shape.allSatisfy({ (0...1 << 40).contains($0) }) else {
        throw ShapeError("the shape \(shape) is not valid")
      }
      let result = try Dimension.broadcast(inputs[0].shape, shape.map { .fixed($0) })
      return [ValueType(result, elementType: inputs[0].elementType)]
    }

    /// Clips are independent if the first axis is x's.
    public var facts: OperationFacts {
      OperationFacts(reach: shape.first == 1 ? .clip : .batch, cost: .uncounted, integers: .none)
    }

    /// Returns the repeated elements.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [Reference.expand(inputs[0], to: Broadcast(inputs[0].shape, shape).shape)]
    }
  }
}

extension Operations.Expand: ElementMoving {
  func moves(input: Int) -> Bool { true }
}
