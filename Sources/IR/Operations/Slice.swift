import Tensors

extension Operations {
  /// A part of an axis.
  ///
  /// Input: x. Result: elements `start`, `start + step`, … below `end` of the axis; a negative start or end counts from the
  /// axis's end, and an end beyond it is clamped, as in NumPy.
  public struct Slice: Operation {
    /// `slice`.
    public static let name = "slice"
    /// The axis.
    public var axis: Int
    /// The index of the first element.
    public var start: Int
    /// The index after the last element.
    public var end: Int
    /// The step from one element to the next, 1 or more.
    public var step: Int

    /// Creates a slice of an axis.
    public init(axis: Int, start: Int, end: Int, step: Int = 1) {
      self.axis = axis
      self.start = start
      self.end = end
      self.step = step
    }

    /// Returns the range of indices from start to end on an axis with the given length.
    public func bounds(length: Int) -> Range<Int> {
      let clamp = { (index: Int) in min(max(index < 0 ? index + length : index, 0), length) }
      let first = clamp(start)
      return first..<max(first, clamp(end))
    }

    /// Returns the type of x, with the number of selected elements for the axis.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .any)
      try inputs[0].requireAxis(axis)
      guard step >= 1 else { throw ShapeError("the step \(step) must be 1 or more") }
      var result = inputs[0]
      if let length = result.shape[axis].value {
        result.shape[axis] = .fixed((bounds(length: length).count + step - 1) / step)
      } else {
        result.shape[axis] = .symbolic("\(result.shape[axis])[\(start):\(end):\(step)]")
      }
      return [result]
    }

    /// Clips are independent, unless the axis is the batch.
    public var facts: OperationFacts {
      OperationFacts(reach: axis == 0 ? .batch : .clip, cost: .uncounted, integers: .none)
    }

    /// Returns the selected elements.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let range = bounds(length: inputs[0].shape[axis])
      return [Reference.slice(inputs[0], axis: axis, start: range.lowerBound, end: range.upperBound, step: step)]
    }
  }
}

extension Operations.Slice: ElementMoving {
  func moves(input: Int) -> Bool { input == 0 }
}
