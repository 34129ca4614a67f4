import Tensors

extension Operations {
  /// A value with some elements replaced by updates, or reduced with them: those whose position along one axis is an
  /// index, and elsewhere the index's own position.
  ///
  /// Inputs: x of any element type; indices of x's rank, no longer than x on the other axes; updates of the indices'
  /// shape. Result: like x.
  public struct ScatterElements: Operation {
    /// `scatter_elements`.
    public static let name = "scatter_elements"
    /// The axis.
    public var axis: Int
    /// How updates are reduced with elements: add, multiply, maximum or minimum; nil to replace them.
    public var reduction: BinaryFunction?

    /// Creates the operation from its attributes.
    public init(axis: Int, reduction: BinaryFunction? = nil) {
      self.axis = axis
      self.reduction = reduction
    }

    /// Returns the type of x.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireScatter(reduction)
      try inputs[1].requireElementIndices(of: inputs[0], axis: axis)
      try inputs[2].require(inputs[1].shape, "the updates")
      return [inputs[0]]
    }

    /// Clips are independent, unless the axis is the batch.
    public var facts: OperationFacts {
      OperationFacts(reach: axis == 0 ? .batch : .clip, cost: .uncounted, integers: .none)
    }

    /// Returns x with the updates, which take effect in order.
    public func evaluate(_ inputs: [Tensor]) throws(ValueError) -> [Tensor] {
      [
        try Reference.scatterElements(
          inputs[0], indices: inputs[1], updates: inputs[2], axis: axis, reduction)
      ]
    }
  }

  /// A value with the parts at some positions replaced by updates, or reduced with them.
  ///
  /// Inputs: x of any element type; indices `[…, D]`, each row a position on x's first D axes; updates `[…]` and then
  /// x's other axes. Result: like x.
  public struct ScatterND: Operation {
    /// `scatter_nd`.
    public static let name = "scatter_nd"
    /// How updates are reduced with elements: add, multiply, maximum or minimum; nil to replace them.
    public var reduction: BinaryFunction?

    /// Creates the operation from its reduction.
    public init(reduction: BinaryFunction? = nil) { self.reduction = reduction }

    /// Returns the type of x.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.requireScatter(reduction)
      try inputs[1].require(.indices, "the indices")
      let depth = try inputs[1].requirePositions(rank: inputs[0].rank)
      try inputs[2].require(inputs[1].shape.dropLast() + inputs[0].shape[depth...], "the updates")
      return [inputs[0]]
    }

    /// Positions are of the whole batch.
    public var facts: OperationFacts { OperationFacts(reach: .batch, cost: .uncounted, integers: .none) }

    /// Returns x with the updates, which take effect in order.
    public func evaluate(_ inputs: [Tensor]) throws(ValueError) -> [Tensor] {
      [try Reference.scatterND(inputs[0], indices: inputs[1], updates: inputs[2], reduction)]
    }
  }
}

extension [ValueType] {
  /// Checks the inputs of a scatter but for their shapes.
  fileprivate func requireScatter(_ reduction: BinaryFunction?) throws(ShapeError) {
    try require(3...3, of: .any)
    guard self[0].elementType == self[2].elementType else {
      throw ShapeError("the updates must have x's element type")
    }
    guard let reduction else { return }
    guard [.add, .multiply, .maximum, .minimum].contains(reduction) else {
      throw ShapeError("updates are reduced by add, multiply, maximum or minimum, not \(reduction.rawValue)")
    }
    try self[0].require(.numbers, "x, to be reduced with updates,")
  }
}

extension Operations.ScatterND: ElementMoving {
  func moves(input: Int) -> Bool { reduction == nil && input != 1 }
}

extension Operations.ScatterElements: ElementMoving {
  func moves(input: Int) -> Bool { reduction == nil && input != 1 }
}
