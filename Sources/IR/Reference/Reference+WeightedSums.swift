import Tensors

extension Reference {
  /// Returns a tensor whose elements along an axis are weighted sums of x's.
  ///
  /// - Parameters:
  ///   - x: A tensor of `float64`.
  ///   - axis: The axis.
  ///   - terms: For each index in the result, the indices in x and their weights.
  package static func weightedSums(_ x: Tensor, axis: Int, _ terms: [[(index: Int, weight: Double)]]) -> Tensor {
    let (length, inner) = (x.shape[axis], product(x.shape[(axis + 1)...]))
    var shape = x.shape
    shape[axis] = terms.count
    return Tensor(shape: shape, as: Double.self) { y in
      x.withUnsafeElements(as: Double.self) { x in
        for outer in 0..<product(shape[..<axis]) {
          for (place, terms) in terms.enumerated() {
            let target = (outer * shape[axis] + place) * inner
            for term in terms {
              let source = (outer * length + term.index) * inner
              for i in 0..<inner { y[target + i] += term.weight * x[source + i] }
            }
          }
        }
      }
    }
  }
}
