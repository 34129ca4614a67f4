import Tensors

extension Operations {
  /// The parts of an axis that indices select, such as the rows of an embedding.
  ///
  /// Inputs: x of any element type; indices of any shape, negative ones from the end. Result: x's shape with the indices'
  /// in place of the axis.
  public struct Gather: Operation {
    /// `gather`.
    public static let name = "gather"
    /// The axis.
    public var axis: Int

    /// Creates the operation for an axis.
    public init(axis: Int) { self.axis = axis }

    /// Returns x's shape with the indices' in place of the axis.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(2...2, of: .any)
      try inputs[1].require(.indices, "the indices")
      try inputs[0].requireAxis(axis)
      let shape = inputs[0].shape
      return [
        ValueType(shape[..<axis] + inputs[1].shape + shape[(axis + 1)...], elementType: inputs[0].elementType)
      ]
    }

    /// Clips are independent, unless the axis is the batch.
    public var facts: OperationFacts {
      OperationFacts(reach: axis == 0 ? .batch : .clip, cost: .uncounted, integers: .none)
    }

    /// Returns the selected parts.
    public func evaluate(_ inputs: [Tensor]) throws(ValueError) -> [Tensor] {
      [try Reference.gather(inputs[0], indices: inputs[1], axis: axis)]
    }
  }

  /// Elements whose position along one axis is an index, and elsewhere the index's own position.
  ///
  /// Inputs: x of any element type; indices of x's rank, no longer than x on the other axes. Result: the indices' shape.
  public struct GatherElements: Operation {
    /// `gather_elements`.
    public static let name = "gather_elements"
    /// The axis.
    public var axis: Int

    /// Creates the operation for an axis.
    public init(axis: Int) { self.axis = axis }

    /// Returns the indices' shape with x's element type.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(2...2, of: .any)
      try inputs[1].requireElementIndices(of: inputs[0], axis: axis)
      return [ValueType(inputs[1].shape, elementType: inputs[0].elementType)]
    }

    /// Clips are independent, unless the axis is the batch.
    public var facts: OperationFacts {
      OperationFacts(reach: axis == 0 ? .batch : .clip, cost: .uncounted, integers: .none)
    }

    /// Returns the selected elements.
    public func evaluate(_ inputs: [Tensor]) throws(ValueError) -> [Tensor] {
      [try Reference.gatherElements(inputs[0], indices: inputs[1], axis: axis)]
    }
  }

  /// Parts at positions on several axes.
  ///
  /// Inputs: x of any element type; indices `[batch…, …, D]`, each row a position on x's D axes after the batch. Result:
  /// `[batch…, …]` and then x's other axes.
  public struct GatherND: Operation {
    /// `gather_nd`.
    public static let name = "gather_nd"
    /// The number of first axes that both inputs share.
    public var batchRank: Int

    /// Creates the operation for a number of shared axes.
    public init(batchRank: Int = 0) { self.batchRank = batchRank }

    /// Returns `[batch…, …]` and then x's other axes.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(2...2, of: .any)
      let (x, indices) = (inputs[0], inputs[1])
      try indices.require(.indices, "the indices")
      guard batchRank >= 0, batchRank < min(indices.rank, x.rank),
        zip(x.shape, indices.shape).prefix(batchRank).allSatisfy({ $0.isCompatible(with: $1) })
      else { throw ShapeError("both inputs must have the same first \(batchRank) axes") }
      let depth = try indices.requirePositions(rank: x.rank - batchRank)
      return [
        ValueType(indices.shape.dropLast() + x.shape[(batchRank + depth)...], elementType: x.elementType)
      ]
    }

    /// Clips are independent if both have the batch.
    public var facts: OperationFacts {
      OperationFacts(reach: batchRank == 0 ? .batch : .clip, cost: .uncounted, integers: .none)
    }

    /// Returns the selected parts.
    public func evaluate(_ inputs: [Tensor]) throws(ValueError) -> [Tensor] {
      [try Reference.gatherND(inputs[0], indices: inputs[1], batchRank: batchRank)]
    }
  }
}

extension ValueType {
  /// Checks that these are indices of elements of x along an axis.
  func requireElementIndices(of x: ValueType, axis: Int) throws(ShapeError) {
    try require(.indices, "the indices")
    try x.requireAxis(axis)
    guard rank == x.rank else { throw ShapeError("the indices must have x's rank") }
    for other in shape.indices where other != axis {
      if let length = shape[other].value, let limit = x.shape[other].value, length > limit {
        throw ShapeError("the indices are longer than x on axis \(other)")
      }
    }
  }

  /// Checks that these are rows of positions on at most `rank` axes, and returns their length.
  func requirePositions(rank limit: Int) throws(ShapeError) -> Int {
    guard rank >= 1 else { throw ShapeError("the indices must have an axis of positions") }
    let depth = try requireFixed(rank - 1, "the length of a position")
    guard (1...max(limit, 1)).contains(depth), limit >= 1 else {
      throw ShapeError("positions of \(depth) indices do not fit \(max(limit, 0)) axes")
    }
    return depth
  }
}

extension Operations.Gather: ElementMoving {
  func moves(input: Int) -> Bool { input == 0 }
}

extension Operations.GatherElements: ElementMoving {
  func moves(input: Int) -> Bool { input == 0 }
}

extension Operations.GatherND: ElementMoving {
  func moves(input: Int) -> Bool { input == 0 }
}
