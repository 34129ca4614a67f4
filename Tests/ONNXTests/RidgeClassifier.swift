import Tensors

/// A linear classifier fitted to features by ridge regression on ±1 for each class: Hastie, Tibshirani and Friedman 2009, sections
/// 3.4.1 and 4.2.
struct RidgeClassifier {
  /// `[classes, features]`.
  private(set) var weight: Tensor
  /// `[classes]`.
  private(set) var bias: Tensor

  /// Fits a classifier.
  ///
  /// - Parameter strength: of the regularisation, as a share of the features' mean squared length.
  init(_ samples: [(kind: Int, features: [Float])], classes: Int, strength: Double) {
    let width = samples[0].features.count
    let mean = (0..<width).map { index in
      samples.reduce(0) { $0 + Double($1.features[index]) } / Double(samples.count)
    }
    let centred = samples.map { sample in zip(sample.features, mean).map { Double($0) - $1 } }
    // There are fewer samples than features, so the weights are sums of samples, by (K + λ)⁻¹ y.
    var kernel = centred.map { a in centred.map { b in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } } }
    let trace = kernel.indices.reduce(0) { $0 + kernel[$1][$1] }
    for index in kernel.indices { kernel[index][index] += strength * trace / Double(kernel.count) }
    let shares = Self.solve(
      kernel, samples.map { sample in (0..<classes).map { $0 == sample.kind ? 1 : -1 } })
    let weights = (0..<classes).map { kind in
      (0..<width).map { index in
        centred.indices.reduce(0) { $0 + shares[$1][kind] * centred[$1][index] }
      }
    }
    let base = 2 / Double(classes) - 1
    weight = Tensor(weights.flatMap { $0.map { Float($0) } }, shape: [classes, width])
    bias = Tensor(
      weights.map { row in Float(base - zip(row, mean).reduce(0) { $0 + $1.0 * $1.1 }) }, shape: [classes])
  }

  /// The solution of a symmetric positive definite system for several right-hand sides, by Gaussian elimination.
  private static func solve(_ matrix: [[Double]], _ rightSides: [[Double]]) -> [[Double]] {
    var rows = zip(matrix, rightSides).map { $0 + $1 }
    let count = matrix.count
    for pivot in 0..<count {
      for row in 0..<count where row != pivot {
        let factor = rows[row][pivot] / rows[pivot][pivot]
        for column in pivot..<rows[row].count { rows[row][column] -= factor * rows[pivot][column] }
      }
    }
    return (0..<count).map { row in rows[row][count...].map { $0 / rows[row][row] } }
  }
}
