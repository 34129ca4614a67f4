import Tensors

extension Operations {
  /// The same elements with another shape.
  ///
  /// Input: x. In the target shape, 0 copies the length of the same axis of x, and −1, at most once, is inferred, as in
  /// ONNX.
  public struct Reshape: Operation {
    /// `reshape`.
    public static let name = "reshape"
    /// The target shape, with 0 and −1 as described above.
    public var shape: [Int]

    /// Creates a reshape to a target shape.
    public init(_ shape: [Int]) { self.shape = shape }

    /// Returns the target shape; it must have as many elements as x.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...1, of: .any)
      let x = inputs[0]
      guard shape.allSatisfy({ (-1...1 << 40).contains($0) }), shape.count(where: { $0 == -1 }) <= 1 else {
        throw ShapeError("the target shape \(shape) is not valid")
      }
      var result: [Dimension] = []
      for (axis, length) in shape.enumerated() {
        if length == 0, axis >= x.rank {
          throw ShapeError("axis \(axis) of the target copies an axis that is not there")
        }
        result.append(length == 0 ? x.shape[axis] : length == -1 ? 1 : .fixed(length))
      }
      guard ValueType(result).isPossible else { throw ShapeError("the target shape \(shape) is too large") }
      if let inferred = shape.firstIndex(of: -1) {
        // Equal lengths on both sides cancel, including symbols; the remainder is the inferred length.
        var numerator = x.shape
        var divisor = 1
        for (axis, length) in result.enumerated() where axis != inferred {
          if let match = numerator.firstIndex(of: length) {
            numerator.remove(at: match)
          } else if let value = length.value {
            divisor *= value
          } else {
            throw ShapeError("the length of axis \(inferred) does not follow from [\(x.shape)]")
          }
        }
        let product = numerator.reduce(.fixed(1), *)
        if let value = product.value, divisor == 0 || value % divisor != 0 {
          throw ShapeError("\(x) has no whole number of elements for the target shape \(shape)")
        }
        result[inferred] = divisor == 1 ? product : product.floorDivided(adding: 0, by: divisor)
      } else if let before = x.fixedShape, case let after = result.compactMap(\.value), after.count == result.count,
        before.reduce(1, *) != after.reduce(1, *)
      {
        throw ShapeError("the target shape \(after) has another number of elements")
      }
      return [ValueType(result, elementType: x.elementType)]
    }

    /// Clips are independent if the first axis is copied.
    public var facts: OperationFacts {
      OperationFacts(reach: shape.first == 0 ? .clip : .batch, cost: .uncounted, integers: .none)
    }

    /// Returns the elements of x in the same order.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let types = try? resultTypes([ValueType(inputs[0])])
      return [inputs[0].reshaped(to: types?.first?.fixedShape ?? inputs[0].shape)]
    }
  }
}

extension Operations.Reshape: ElementMoving {
  func moves(input: Int) -> Bool { input == 0 }
}
