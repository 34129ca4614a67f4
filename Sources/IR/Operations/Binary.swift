import Tensors

extension Operations {
  /// A function of two numbers, applied to each pair of elements; shapes broadcast as in NumPy.
  ///
  /// Inputs: a and b. Result: the broadcast of their shapes.
  public struct Binary: Operation {
    /// `binary`.
    public static let name = "binary"
    /// Which function.
    public var function: BinaryFunction

    /// A function of two numbers.
    public init(_ function: BinaryFunction) { self.function = function }

    /// The shape rule.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(2...2)
      return [ValueType(try Dimension.broadcast(inputs[0].shape, inputs[1].shape))]
    }

    /// The scalar meaning.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] { [Reference.binary(inputs[0], inputs[1], function)] }
  }
}

extension Dimension {
  /// The broadcast of two shapes: aligned at the last axis, a length of 1 repeats.
  static func broadcast(_ left: [Dimension], _ right: [Dimension]) throws(ShapeError) -> [Dimension] {
    let rank = max(left.count, right.count)
    let pad = { (shape: [Dimension]) in [Dimension](repeating: 1, count: rank - shape.count) + shape }
    var result: [Dimension] = []
    for (a, b) in zip(pad(left), pad(right)) {
      if a == 1 {
        result.append(b)
      } else if b == 1 {
        result.append(a)
      } else if a.isCompatible(with: b) {
        result.append(a.value == nil ? b : a)
      } else {
        throw ShapeError("the lengths \(a) and \(b) do not broadcast")
      }
    }
    return result
  }
}
