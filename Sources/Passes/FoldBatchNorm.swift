import IR
import Tensors

extension Pass {
  /// Folds a batch norm into the weights of the convolution, or linear map, before it.
  ///
  /// ```
  /// %1 = convolution(x, conv.weight)
  /// %2 = batch_norm(%1, bn.weight, bn.bias, bn.running_mean, bn.running_var) {epsilon: 1e-5}
  /// ```
  /// becomes, with f = bn.weight / √(bn.running_var + ε),
  /// ```
  /// %1 = convolution(x, conv.weight · f, (conv.bias − bn.running_mean) · f + bn.bias)
  /// ```
  /// A batch norm after anything else stays.
  public static let foldBatchNorm = Pass(
    "fold_batch_norm",
    [
      folding(into: Part<Operations.Convolution>("convolution")) { _ in true },
      // A linear map's outputs are on the last axis, a batch norm's channels on axis 1, which are the same at rank 2.
      folding(into: Part<Operations.Linear>("linear")) { $0.rank == 2 },
    ])

  private static func folding<Kind: Operation>(
    into map: Part<Kind>, where fits: @escaping @Sendable (ValueType) -> Bool
  ) -> Rewrite {
    let norm = Part<Operations.BatchNorm>("norm")
    return Rewrite(
      "\(Kind.name)_batch_norm", pattern: Pattern(norm, operands: [.onlyUse(of: Pattern(map))]),
      refusal: { match in
        guard fits(match.type(match[map].result)) else { return "the channels are on another axis" }
        let parameters = match[map].inputs.dropFirst() + match[norm].inputs.dropFirst()
        return parameters.allSatisfy { match.tensor($0) != nil } ? nil : "a parameter is computed"
      }
    ) { match, rewriter throws(GraphError) in
      let (map, norm) = (match[map], match[norm])
      let tensors = (map.inputs.dropFirst() + norm.inputs.dropFirst()).compactMap { match.tensor($0) }
      let affine = ChannelAffine(tensors.suffix(4), epsilon: norm.operation.epsilon)
      let weight = rewriter.addParameter(
        match.path("weight", beside: map.inputs[1]), affine.scaled(tensors[0]))
      let bias = rewriter.addParameter(
        match.path("bias", beside: map.inputs[1]), affine.applied(toBias: map.inputs.count > 2 ? tensors[1] : nil))
      return try rewriter.add(
        map.operation, inputs: [try rewriter.value(for: map.inputs[0]), weight, bias],
        standingFor: [map.index, norm.index])
    }
  }
}

/// A batch norm in inference: `y = x · factor + offset` per channel, in double precision until it is folded.
private struct ChannelAffine {
  private let factors: [Double]
  private let offsets: [Double]

  /// - Parameter parameters: scale, shift, mean, variance.
  init(_ parameters: ArraySlice<Tensor>, epsilon: Float) {
    let values = parameters.map { $0.elements(as: Float.self).map(Double.init) }
    let factors = zip(values[0], values[3]).map { $0 / ($1 + Double(epsilon)).squareRoot() }
    offsets = factors.indices.map { values[1][$0] - values[2][$0] * factors[$0] }
    self.factors = factors
  }

  /// Returns weights `[K, …]` with each row multiplied by its factor.
  func scaled(_ weight: Tensor) -> Tensor {
    let columns = weight.count / max(weight.shape[0], 1)
    let values = weight.elements(as: Float.self)
    return Tensor(
      values.indices.map { Float(Double(values[$0]) * factors[$0 / columns]) }, shape: weight.shape)
  }

  /// Returns the bias of the map that does both.
  func applied(toBias bias: Tensor?) -> Tensor {
    let values = bias?.elements(as: Float.self) ?? [Float](repeating: 0, count: factors.count)
    return Tensor(
      values.indices.map { Float(Double(values[$0]) * factors[$0] + offsets[$0]) }, shape: [values.count])
  }
}
