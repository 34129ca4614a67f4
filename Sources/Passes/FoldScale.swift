import IR
import Tensors

extension Pass {
  /// Folds a product with a trained number, such as ReZero's, into the weights of the convolution before it.
  ///
  /// ```
  /// %1 = convolution(x, conv.weight, conv.bias)
  /// %2 = binary(alpha, %1) {function: multiply}
  /// ```
  /// becomes
  /// ```
  /// %1 = convolution(x, conv.weight · alpha, conv.bias · alpha)
  /// ```
  /// A product with anything but one number stays.
  public static let foldScale = Pass("fold_scale", [folding])

  private static let folding: Rewrite = {
    let product = Part<Operations.Binary>("product")
    let convolution = Part<Operations.Convolution>("convolution")
    let factor = { @Sendable (match: Match) -> Tensor? in
      let others = match[product].inputs.filter { $0 != match[convolution].result }
      return others.first.flatMap { match.tensor($0) }
    }
    return Rewrite(
      "convolution_scale",
      pattern: Pattern(
        product, where: { $0.function == .multiply }, operands: [.onlyUse(of: Pattern(convolution)), .anything],
        commutes: true),
      refusal: { match in
        guard factor(match)?.count == 1, match.type(match[product].result) == match.type(match[convolution].result)
        else { return "the factor is not one number" }
        let parameters = match[convolution].inputs.dropFirst()
        return parameters.allSatisfy { match.tensor($0) != nil } ? nil : "a parameter is computed"
      }
    ) { match, rewriter throws(GraphError) in
      let (product, convolution) = (match[product], match[convolution])
      let scale = factor(match)?.elements(as: Float.self).first ?? 1
      let parameters = zip(["weight", "bias"], convolution.inputs.dropFirst()).compactMap { name, id in
        match.tensor(id).map { tensor in
          let values = tensor.elements(as: Float.self).map { $0 * scale }
          return rewriter.addParameter(match.path(name, beside: id), Tensor(values, shape: tensor.shape))
        }
      }
      return try rewriter.add(
        convolution.operation, inputs: [try rewriter.value(for: convolution.inputs[0])] + parameters,
        standingFor: [convolution.index, product.index])
    }
  }()
}
