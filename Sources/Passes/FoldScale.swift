import IR
import Tensors

extension Pass {
  /// Folds what multiplies the result of a convolution by one number into the convolution's weights: a product with a trained
  /// number, such as ReZero's, and the slope of a hard sigmoid.
  ///
  /// ```
  /// %1 = convolution(x, conv.weight, conv.bias)
  /// %2 = binary(alpha, %1) {function: multiply}
  /// ```
  /// becomes
  /// ```
  /// %1 = convolution(x, conv.weight · alpha, conv.bias · alpha)
  /// ```
  /// A product with anything but one number stays. `clamp(α · %1 + ½, 0, 1)`, as Keras has it with α = 0.2, becomes PyTorch's hard
  /// sigmoid, whose slope is ⅙, of a convolution with weights times 6 α.
  public static let foldScale = Pass("fold_scale", [trainedNumber, hardSigmoid])

  /// The convolution whose weights take the factor.
  fileprivate static let scaled = Part<Operations.Convolution>("convolution")

  private static let trainedNumber: Rewrite = {
    let product = Part<Operations.Binary>("product")
    let factor = { @Sendable (match: Match) -> Tensor? in
      let others = match[product].inputs.filter { $0 != match[scaled].result }
      return others.first.flatMap { match.tensor($0) }
    }
    return Rewrite(
      "convolution_scale",
      pattern: Pattern(
        product, where: { $0.function == .multiply }, operands: [.onlyUse(of: Pattern(scaled)), .anything],
        commutes: true),
      refusal: { match in
        guard factor(match)?.count == 1, match.type(match[product].result) == match.type(match[scaled].result)
        else { return "the factor is not one number" }
        return match.hasComputedParameter ? "a parameter is computed" : nil
      }
    ) { match, rewriter throws(GraphError) in
      let scale = factor(match)?.elements(as: Float.self).first ?? 1
      return try match.addConvolution(scaledBy: scale, standingFor: match[product].index, &rewriter)
    }
  }()

  private static let hardSigmoid: Rewrite = {
    let gate = Part<Operations.ParametricActivation>("gate")
    return Rewrite(
      "convolution_hard_sigmoid",
      pattern: Pattern(
        gate, where: { $0.function == .hardSigmoid && $0.beta == 0.5 }, operands: [.onlyUse(of: Pattern(scaled))]),
      refusal: { $0.hasComputedParameter ? "a parameter is computed" : nil }
    ) { match, rewriter throws(GraphError) in
      let node = match[gate]
      let argument = try match.addConvolution(
        scaledBy: 6 * node.operation.alpha, standingFor: node.index, &rewriter)
      return try rewriter.add(Operations.Activation(.hardSigmoid), inputs: argument, standingFor: [node.index])
    }
  }()
}

extension Match {
  /// Whether weight or bias of the convolution is no parameter.
  fileprivate var hasComputedParameter: Bool {
    self[Pass.scaled].inputs.dropFirst().contains { tensor($0) == nil }
  }

  /// Adds the convolution with its weight and bias times a number.
  fileprivate func addConvolution(
    scaledBy scale: Float, standingFor index: Int, _ rewriter: inout GraphRewriter
  ) throws(GraphError) -> [GraphRewriter.Value] {
    let convolution = self[Pass.scaled]
    let parameters = zip(["weight", "bias"], convolution.inputs.dropFirst()).compactMap { name, id in
      tensor(id).map { tensor in
        let values = tensor.elements(as: Float.self).map { $0 * scale }
        return rewriter.addParameter(path(name, beside: id), Tensor(values, shape: tensor.shape))
      }
    }
    return try rewriter.add(
      convolution.operation, inputs: [try rewriter.value(for: convolution.inputs[0])] + parameters,
      standingFor: [convolution.index, index])
  }
}
