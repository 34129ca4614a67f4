import IR
import Tensors

extension Pass {
  /// Turns a product with a matrix of weights into a linear map, and a parameter that is added to a linear map's result
  /// into its bias.
  ///
  /// ```
  /// %1 = matmul(x, weight)
  /// %2 = binary(%1, bias) {function: add}
  /// ```
  /// becomes
  /// ```
  /// %2 = linear(x, weightᵀ, bias)
  /// ```
  /// A product of two computed values stays, and so does one whose other uses need it without the bias.
  public static let productsToLinear = Pass("products_to_linear", [productOfWeights, addedBias])

  private static var productOfWeights: Rewrite {
    let product = Part<Operations.MatMul>("product")
    return Rewrite(
      "product_of_weights", pattern: Pattern(product),
      refusal: { match in
        let inputs = match[product].inputs
        guard let weight = match.tensor(inputs[1]), weight.rank == 2 else { return "its weights are no matrix" }
        return match.type(inputs[0]).elementType == .float32 ? nil : "it multiplies integers"
      }
    ) { match, rewriter throws(GraphError) in
      let (product, inputs) = (match[product], match[product].inputs)
      guard let weight = match.tensor(inputs[1]) else { return [try rewriter.value(for: product.result)] }
      let rows = rewriter.addParameter(
        match.path(inputs[1]) ?? "weight", Reference.permute(weight, order: [1, 0]))
      return try rewriter.add(
        Operations.Linear(), inputs: [try rewriter.value(for: inputs[0]), rows], standingFor: [product.index])
    }
  }

  private static var addedBias: Rewrite {
    let sum = Part<Operations.Binary>("sum")
    let linear = Part<Operations.Linear>("linear")
    let added: @Sendable (Match) -> (id: Graph.ValueID, tensor: Tensor)? = { match in
      guard let id = match[sum].inputs.first(where: { $0 != match[linear].result }), let tensor = match.tensor(id)
      else {
        return nil
      }
      return (id, tensor)
    }
    return Rewrite(
      "added_bias",
      pattern: Pattern(
        sum, where: { $0.function == .add }, operands: [.onlyUse(of: Pattern(linear))], commutes: true),
      refusal: { match in
        guard match[linear].inputs.count == 2, let bias = added(match)?.tensor else { return "it adds no parameter" }
        let type = match.type(match[linear].result)
        return bias.rank <= type.rank && bias.shape.last == bias.count && type.shape.last?.value == bias.count
          ? nil : "what it adds is no number for each output"
      }
    ) { match, rewriter throws(GraphError) in
      let linear = match[linear]
      guard let (id, tensor) = added(match) else { return [try rewriter.value(for: match[sum].result)] }
      let row = rewriter.addParameter(match.path(id) ?? "bias", tensor.reshaped(to: [tensor.count]))
      return try rewriter.add(
        linear.operation, inputs: try rewriter.values(for: linear.inputs) + [row],
        standingFor: [linear.index, match[sum].index])
    }
  }
}
