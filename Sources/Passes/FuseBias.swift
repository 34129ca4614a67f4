import IR
import Tensors

extension Pass {
  /// Makes a sum with a vector of parameters the bias of the linear layer before it, as exporters write both apart.
  ///
  /// ```
  /// %1 = linear(x, weight)
  /// %2 = binary(%1, bias) {function: add}
  /// ```
  /// becomes
  /// ```
  /// %1 = linear(x, weight, bias)
  /// ```
  public static let fuseBias = Pass("fuse_bias", [linearBias])

  private static var linearBias: Rewrite {
    let sum = Part<Operations.Binary>("sum")
    let linear = Part<Operations.Linear>("linear")
    return Rewrite(
      "linear_bias",
      pattern: Pattern(
        sum, where: { $0.function == .add }, operands: [.onlyUse(of: Pattern(linear)), .anything], commutes: true),
      refusal: { match in
        guard match[linear].inputs.count == 2 else { return "the layer has a bias already" }
        return bias(match) == nil ? "it is not one parameter for each feature" : nil
      }
    ) { match, rewriter throws(GraphError) in
      guard let bias = bias(match) else { return [] }
      return try rewriter.add(
        Operations.Linear(), inputs: try rewriter.values(for: match[linear].inputs + [bias]),
        standingFor: [match[linear].index, match[sum].index])
    }
    @Sendable func bias(_ match: Match) -> Graph.ValueID? {
      let features = match.type(match[linear].inputs[1]).shape[0]
      return match[sum].inputs.first { match.type($0).shape == [features] && match.path($0) != nil }
    }
  }
}
