import IR
import Tensors

extension Pass {
  /// Rewrites activations that are spelled out, as exporters write them, as one operation.
  ///
  /// ```
  /// %1 = activation(x) {function: sigmoid}
  /// %2 = binary(x, %1) {function: multiply}
  /// ```
  /// becomes
  /// ```
  /// %1 = activation(x) {function: swish}
  /// ```
  /// In the same way `x · hard_sigmoid(x)` becomes hard swish, and `x · (1 + erf(x / √2)) · ½` GELU.
  public static let nameActivations = Pass(
    "name_activations",
    [gated(.sigmoid, .swish), gated(.hardSigmoid, .hardSwish), gelu(halvesFirst: false), gelu(halvesFirst: true)])

  /// A value times a function of itself.
  private static func gated(_ gate: ActivationFunction, _ function: ActivationFunction) -> Rewrite {
    let product = Part<Operations.Binary>("product")
    let part = Part<Operations.Activation>("gate")
    return Rewrite(
      function.rawValue,
      pattern: Pattern(
        product, where: { $0.function == .multiply },
        operands: [.anything, .onlyUse(of: Pattern(part, where: { $0.function == gate }))], commutes: true),
      refusal: { match in
        match[product].inputs.contains(match[part].inputs[0]) ? nil : "the factor is a function of another value"
      }
    ) { match, rewriter throws(GraphError) in
      try rewriter.add(
        Operations.Activation(function), inputs: [try rewriter.value(for: match[part].inputs[0])],
        standingFor: [match[part].index, match[product].index])
    }
  }

  /// `x · (1 + erf(x / √2)) · ½`, or with the half of x first.
  private static func gelu(halvesFirst: Bool) -> Rewrite {
    let outer = Part<Operations.Binary>("outer")
    let inner = Part<Operations.Binary>("inner")
    let sum = Part<Operations.Binary>("sum")
    let erf = Part<Operations.Unary>("erf")
    let scale = Part<Operations.Binary>("scale")
    let isProduct: @Sendable (Operations.Binary) -> Bool = { $0.function == .multiply }
    let onePlusErf = Pattern(
      sum, where: { $0.function == .add },
      operands: [
        .onlyUse(
          of: Pattern(
            erf, where: { $0.function == .erf },
            operands: [.onlyUse(of: Pattern(scale, where: { [.multiply, .divide].contains($0.function) }))])),
        .anything,
      ], commutes: true)
    let pattern =
      halvesFirst
      ? Pattern(
        outer, where: isProduct, operands: [.onlyUse(of: Pattern(inner, where: isProduct)), .onlyUse(of: onePlusErf)],
        commutes: true)
      : Pattern(
        outer, where: isProduct,
        operands: [
          .onlyUse(
            of: Pattern(inner, where: isProduct, operands: [.anything, .onlyUse(of: onePlusErf)], commutes: true)),
          .anything,
        ], commutes: true)
    return Rewrite(
      halvesFirst ? "gelu_of_half" : "gelu", pattern: pattern,
      refusal: { match in
        let root: Float = match[scale].operation.function == .divide ? 1.414_213_6 : 0.707_106_77
        guard let (x, factor) = match.scaled(match[scale].node), abs(factor - root) < 1e-5,
          match.scaled(match[sum].node)?.factor == 1
        else { return "it is another function of erf" }
        if halvesFirst {
          guard let half = match.scaled(match[inner].node), half.x == x, half.factor == 0.5 else {
            return "it is not half of x"
          }
        } else {
          guard match[inner].inputs.contains(x), match.scaled(match[outer].node)?.factor == 0.5 else {
            return "it is not half of x"
          }
        }
        return nil
      }
    ) { match, rewriter throws(GraphError) in
      guard let (x, _) = match.scaled(match[scale].node) else { return [] }
      let nodes = [match[scale].index, match[erf].index, match[sum].index, match[inner].index, match[outer].index]
      return try rewriter.add(
        Operations.Activation(.gelu), inputs: [try rewriter.value(for: x)], standingFor: nodes)
    }
  }
}

extension Match {
  /// Returns the operands of a node as a value and a number, which is a parameter or a constant; nil if none is one.
  func scaled(_ node: Graph.Node) -> (x: Graph.ValueID, factor: Float)? {
    for (x, number) in [(node.inputs[0], node.inputs[1]), (node.inputs[1], node.inputs[0])] {
      guard let tensor = tensor(number) ?? graph.constants[number], tensor.count == 1 else { continue }
      return (x, tensor.converted(to: .float32).elements(as: Float.self)[0])
    }
    return nil
  }
}
