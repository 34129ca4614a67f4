import Tensors

/// What the efficient operations have in common.
///
/// They appear in a graph only after the transmuter has put them there. Batch norms are folded into their weights, and each
/// does in one pass what the original form does in several. Their scalar meaning is the composition of the plain operations
/// that they stand for.
enum Efficient {
  /// `activation(sums + residual)`: how an efficient operation ends.
  static func finish(_ sums: Tensor, residual: Tensor? = nil, activation: ActivationFunction?) -> Tensor {
    let y = residual.map { Reference.binary(sums, $0, .add) } ?? sums
    return activation.map { Reference.activation(y, $0) } ?? y
  }
}

extension ValueType {
  /// Checks that this is one number for each clip and channel of `x`: `[N, C, 1, 1]` or `[N, C, 1, 1, 1]`.
  func requirePerChannel(of x: ValueType, _ what: String) throws(ShapeError) {
    try require(x.perChannel.shape, what)
  }

  /// One number for each clip and channel: `[N, C, 1, 1]` or `[N, C, 1, 1, 1]`.
  var perChannel: ValueType {
    ValueType(Array(shape.prefix(2)) + shape.dropFirst(2).map { _ in 1 }, elementType: elementType)
  }
}
