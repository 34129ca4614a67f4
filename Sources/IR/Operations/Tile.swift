import Tensors

extension Operations {
  /// Copies of a value, one after the other along each axis.
  ///
  /// Input: x of any element type. Result: each length times its number of copies.
  public struct Tile: Operation {
    /// `tile`.
    public static let name = "tile"
    /// The number of copies along each axis.
    public var repeats: [Int]

    /// Creates the operation for a number of copies along each axis.
    public init(repeats: [Int]) { self.repeats = repeats }

    /// Returns x's shape with each length times its number of copies.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .any)
      guard repeats.count == inputs[0].rank, repeats.allSatisfy({ (0...1 << 40).contains($0) }) else {
        throw ShapeError("there must be a number of copies, 0 or more, for each of \(inputs[0].rank) axes")
      }
      let lengths = zip(inputs[0].shape, repeats).map { $0 * .fixed($1) }
      return [ValueType(lengths, elementType: inputs[0].elementType)]
    }

    /// Clips are independent, unless the batch is copied.
    public var facts: OperationFacts {
      OperationFacts(reach: repeats.first == 1 ? .clip : .batch, cost: .uncounted, integers: .none)
    }

    /// Returns the copies.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] { [Reference.tile(inputs[0], repeats: repeats)] }
  }
}

extension Operations.Tile: ElementMoving {
  func moves(input: Int) -> Bool { true }
}
