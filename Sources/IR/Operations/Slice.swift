import Tensors

extension Operations {
  /// A part of an axis.
  ///
  /// Input: x. Result: elements `start`, `start + step`, … before `end` of the axis; a negative start or end counts from
  /// the axis's end, and one beyond an end is clamped, as in NumPy. A negative step goes backward.
  public struct Slice: Operation {
    /// `slice`.
    public static let name = "slice"
    /// The axis.
    public var axis: Int
    /// The index of the first element.
    public var start: Int
    /// The index after the last element.
    public var end: Int
    /// The step from one element to the next, not 0.
    public var step: Int

    /// Creates a slice of an axis.
    public init(axis: Int, start: Int, end: Int, step: Int = 1) {
      self.axis = axis
      self.start = start
      self.end = end
      self.step = step
    }

    /// Returns the index of the first selected element on an axis with the given length, and how many there are.
    public func selection(length: Int) -> (first: Int, count: Int) {
      // Backward, the end is one before the first element, and the start at most the last one.
      let (low, high) = step > 0 ? (0, length) : (-1, length - 1)
      let clamp = { (index: Int) in min(max(index < 0 ? index + length : index, low), high) }
      let (first, end) = (clamp(start), clamp(end))
      let distance = step > 0 ? end - first : first - end
      return (first, distance > 0 ? (distance - 1) / abs(step) + 1 : 0)
    }

    /// Returns the type of x, with the number of selected elements for the axis.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .any)
      try inputs[0].requireAxis(axis)
      guard step != 0, abs(max(step, -.max)) <= 1 << 40 else { throw ShapeError("the step cannot be \(step)") }
      var result = inputs[0]
      if let length = result.shape[axis].value {
        result.shape[axis] = .fixed(selection(length: length).count)
      } else {
        result.shape[axis] = .expression("\(result.shape[axis])[\(start):\(end):\(step)]")
      }
      return [result]
    }

    /// Clips are independent, unless the axis is the batch.
    public var facts: OperationFacts {
      OperationFacts(reach: axis == 0 ? .batch : .clip, cost: .uncounted, integers: .none)
    }

    /// Returns the selected elements.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let (first, count) = selection(length: inputs[0].shape[axis])
      return [Reference.take(inputs[0], axis: axis, (0..<count).map { first + $0 * step })]
    }
  }
}

extension Operations.Slice: ElementMoving {
  func moves(input: Int) -> Bool { input == 0 }
}
