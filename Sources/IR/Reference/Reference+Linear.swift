import Tensors

extension Reference {
  /// Returns `x · weightᵀ + bias` over the last axis.
  ///
  /// - Parameters:
  ///   - x: `[…, I]`.
  ///   - weight: `[O, I]`.
  ///   - bias: `[O]`.
  /// - Returns: `[…, O]`.
  public static func linear(_ x: Tensor, weight: Tensor, bias: Tensor?) -> Tensor {
    let inputs = weight.shape[1]
    let outputs = weight.shape[0]
    let rows = product(x.shape.dropLast())
    return Tensor(shape: x.shape.dropLast() + [outputs], as: Float.self) { y in
      x.withUnsafeElements(as: Float.self) { x in
        weight.withUnsafeElements(as: Float.self) { weight in
          withElements(of: bias) { bias in
            for row in 0..<rows {
              for output in 0..<outputs {
                var sum = Double(bias?[output] ?? 0)
                for input in 0..<inputs {
                  sum += Double(x[row * inputs + input]) * Double(weight[output * inputs + input])
                }
                y[row * outputs + output] = Float(sum)
              }
            }
          }
        }
      }
    }
  }

  /// Returns the matrix product over the last two axes; the axes before them broadcast.
  ///
  /// - Parameters:
  ///   - a: `[…, M, K]`, of any type of numbers.
  ///   - b: `[…, K, N]`, of the same type.
  /// - Returns: `[…, M, N]`. Sums of floating-point numbers are in double precision; those of integers wrap around.
  public static func matMul(_ a: Tensor, _ b: Tensor) -> Tensor {
    a.elementType == .float32
      ? matMul(a, b, as: Float.self)
      : cast(matMul(widened(a), widened(b), as: a.elementType.number), to: a.elementType)
  }

  private static func matMul<Element: Number>(_ a: Tensor, _ b: Tensor, as _: Element.Type) -> Tensor {
    let (rows, inner) = (a.shape[a.rank - 2], a.shape[a.rank - 1])
    let columns = b.shape[b.rank - 1]
    let batch = Broadcast(Array(a.shape.dropLast(2)), Array(b.shape.dropLast(2)))
    return Tensor(shape: batch.shape + [rows, columns], as: Element.self) { y in
      a.withUnsafeElements(as: Element.self) { a in
        b.withUnsafeElements(as: Element.self) { b in
          batch.forEach { index, indexA, indexB in
            for row in 0..<rows {
              for column in 0..<columns {
                var sum: Element.Sum = 0
                for k in 0..<inner {
                  let (left, right) = (a[(indexA * rows + row) * inner + k], b[(indexB * inner + k) * columns + column])
                  sum = .value(.add, sum, .value(.multiply, left.term, right.term))
                }
                y[(index * rows + row) * columns + column] = Element(sum: sum)
              }
            }
          }
        }
      }
    }
  }
}
