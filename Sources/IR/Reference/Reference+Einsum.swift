import Tensors

extension Reference {
  /// Returns an Einstein summation: products of an element of each operand, added up over all indices that the result
  /// does not have.
  ///
  /// - Parameters:
  ///   - equation: Which axes of the operands are one index.
  ///   - operands: Tensors of one type of numbers.
  static func einsum(_ equation: EinsumEquation, _ operands: [Tensor]) -> Tensor {
    let type = operands[0].elementType
    return cast(einsum(equation, operands.map(widened), as: type.number), to: type)
  }

  private static func einsum<Element: Number>(
    _ equation: EinsumEquation, _ operands: [Tensor], as _: Element.Type
  ) -> Tensor {
    var lengths: [EinsumEquation.Index: Int] = [:]
    for (indices, tensor) in zip(equation.operands, operands) {
      for (index, length) in zip(indices, tensor.shape) where lengths[index] ?? 1 == 1 { lengths[index] = length }
    }
    // The stride of each operand along each index; an index on two axes goes along their diagonal.
    let strides = zip(equation.operands, operands).map { indices, tensor in
      let strides = zip(self.strides(of: tensor.shape), tensor.shape).map { $1 == 1 ? 0 : $0 }
      return Dictionary(zip(indices, strides), uniquingKeysWith: +)
    }
    let values = operands.map { $0.elements(as: Element.self) }
    let shape = equation.result.map { lengths[$0] ?? 1 }
    let summed = equation.summed.map { lengths[$0] ?? 1 }
    let offsets = { (indices: [EinsumEquation.Index], lengths: [Int]) -> [[Int]] in
      strides.map { strides in
        var offsets = [Int](repeating: 0, count: product(lengths))
        forEachOffset(shape: lengths, strides: indices.map { strides[$0] ?? 0 }) { offsets[$0] = $1 }
        return offsets
      }
    }
    let (outer, inner) = (offsets(equation.result, shape), offsets(equation.summed, summed))
    return Tensor(
      (0..<product(shape)).map { index in
        var sum: Element.Sum = 0
        for term in 0..<product(summed) {
          var product: Element.Sum = 1
          for operand in values.indices {
            product = .value(.multiply, product, values[operand][outer[operand][index] + inner[operand][term]].term)
          }
          sum = .value(.add, sum, product)
        }
        return Element(sum: sum)
      }, shape: shape)
  }
}
