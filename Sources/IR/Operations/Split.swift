import Tensors

extension Operations {
  /// The parts of an axis, one after the other.
  ///
  /// Input: x of any element type. Results: one for each length, like x but for the axis.
  public struct Split: Operation {
    /// `split`.
    public static let name = "split"
    /// The axis.
    public var axis: Int
    /// The length of each part; together the axis's.
    public var lengths: [Int]

    /// Creates the operation for an axis and the lengths of its parts.
    public init(axis: Int, lengths: [Int]) {
      self.axis = axis
      self.lengths = lengths
    }

    /// Returns the type of x with each of the lengths.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .any)
      try inputs[0].requireAxis(axis)
      guard !lengths.isEmpty, lengths.allSatisfy({ (0...1 << 40).contains($0) }),
        Dimension.fixed(lengths.reduce(0, +)).isCompatible(with: inputs[0].shape[axis])
      else { throw ShapeError("the lengths \(lengths) are not the parts of an axis of \(inputs[0].shape[axis])") }
      return lengths.map { length in
        var type = inputs[0]
        type.shape[axis] = .fixed(length)
        return type
      }
    }

    /// Clips are independent, unless the axis is the batch.
    public var facts: OperationFacts {
      OperationFacts(reach: axis == 0 ? .batch : .clip, cost: .uncounted, integers: .none)
    }

    /// Returns the parts.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      var start = 0
      return lengths.map { length in
        defer { start += length }
        return Reference.slice(inputs[0], axis: axis, start: start, end: start + length, step: 1)
      }
    }
  }
}

extension Operations.Split: ElementMoving {
  func moves(input: Int) -> Bool { true }
}
