import Tensors

extension Operations {
  /// An Einstein summation, such as `bij,bjk->bik` for a batch of matrix products: products of an element of each input,
  /// added up over all indices that the result does not have.
  ///
  /// Inputs: one or more of one type of numbers, with as many axes as the equation says. Result: an axis for each
  /// index on the right side.
  public struct Einsum: Operation {
    /// `einsum`.
    public static let name = "einsum"
    /// The indices of the inputs' axes and of the result's, as in NumPy; `...` stands for all others, which broadcast.
    public var equation: String

    /// Creates a summation from its equation.
    public init(_ equation: String) { self.equation = equation }

    /// Returns the lengths of the result's indices; axes of one index must be equal.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(1...26, of: .numbers)
      try inputs.requireOneType()
      let equation = try EinsumEquation(equation, ranks: inputs.map(\.rank))
      let lengths = try equation.lengths(inputs.map(\.shape))
      return [ValueType(equation.result.map { lengths[$0] ?? 1 }, elementType: inputs[0].elementType)]
    }

    /// Clips are independent if the result's first index is nothing but the inputs' first one; the cost is a
    /// multiply-add for each combination of indices and input after the first.
    public var facts: OperationFacts {
      OperationFacts(
        reach: keepsFirstIndex ? .clip : .batch, cost: .multiplyAdds { inputs, _ in count(inputs) }, integers: .none)
    }

    private var keepsFirstIndex: Bool {
      let sides = EinsumEquation.split(equation.filter { !$0.isWhitespace }, at: "->")
      guard sides.count == 2, let first = sides[1].first, first.isLetter else { return false }
      return sides[0].split(separator: ",").allSatisfy { !$0.dropFirst().contains(first) }
    }

    private func count(_ inputs: [[Int]]) -> Int {
      let shapes = inputs.map { $0.map { Dimension.fixed($0) } }
      guard let equation = try? EinsumEquation(equation, ranks: inputs.map(\.count)),
        let lengths = try? equation.lengths(shapes)
      else { return 0 }
      return OperationFacts.Cost.count([max(inputs.count - 1, 0)] + lengths.values.compactMap(\.value))
    }

    /// Returns the sums; those of floating-point numbers are in double precision.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      // The shape rule has parsed the equation.
      guard let equation = try? EinsumEquation(equation, ranks: inputs.map(\.rank)) else { return inputs }
      return [Reference.einsum(equation, inputs)]
    }
  }
}
