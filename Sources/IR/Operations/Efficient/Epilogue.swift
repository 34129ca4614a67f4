import Tensors

/// Parts that the efficient operations share.
///
/// Only the transmuter adds efficient operations to a graph. Batch norms are folded into their weights, and each
/// computes in one pass what the original form computes in several. Their reference implementation is the composition
/// of the plain operations that they replace.
enum Efficient {
  /// Returns `activation(sums + residual)`, the epilogue of an efficient operation.
  static func finish(_ sums: Tensor, residual: Tensor? = nil, activation: ActivationFunction?) -> Tensor {
    let y = residual.map { Reference.binary(sums, $0, .add) } ?? sums
    return activation.map { Reference.activation(y, $0) } ?? y
  }
}

extension ValueType {
  /// Checks that there is one element for each clip and channel of `x`: `[N, C, 1, 1]` or `[N, C, 1, 1, 1]`.
  func requirePerChannel(of x: ValueType, _ what: String) throws(ShapeError) {
    try require(x.perChannel.shape, what)
  }

  /// The type with one element for each clip and channel: `[N, C, 1, 1]` or `[N, C, 1, 1, 1]`.
  var perChannel: ValueType {
    ValueType(Array(shape.prefix(2)) + shape.dropFirst(2).map { _ in 1 }, elementType: elementType)
  }
}
