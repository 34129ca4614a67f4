import IR
import Tensors

extension Pass {
  /// Applies a batch norm or an activation to the parts of a concatenation of channels instead of the whole, so that
  /// later passes find it after the convolution that it can be fused into.
  ///
  /// ```
  /// %1 = convolution(x, a.weight)
  /// %2 = convolution(x, b.weight)
  /// %3 = concat(%1, %2) {axis: 1}
  /// %4 = batch_norm(%3, bn.weight, bn.bias, bn.running_mean, bn.running_var)
  /// ```
  /// becomes, with the batch norm's parameters cut into those of each part's channels,
  /// ```
  /// %1 = convolution(x, a.weight)
  /// %2 = convolution(x, b.weight)
  /// %3 = batch_norm(%1, bn.weight, bn.bias, bn.running_mean, bn.running_var)
  /// %4 = batch_norm(%2, bn.weight_2, bn.bias_2, bn.running_mean_2, bn.running_var_2)
  /// %5 = concat(%3, %4) {axis: 1}
  /// ```
  /// Other concatenations stay: parts that were not just computed by a convolution gain nothing.
  public static let distributeOverConcat = Pass("distribute_over_concat", [batchNorm, activation])

  private static let concat = Part<Operations.Concat>("concat")
  private static let joined = Pattern(concat, where: { $0.axis == 1 })

  private static var batchNorm: Rewrite {
    let norm = Part<Operations.BatchNorm>("norm")
    return Rewrite(
      "batch_norm_of_concat", pattern: Pattern(norm, operands: [.onlyUse(of: joined)]),
      refusal: { match in
        guard match[norm].inputs.dropFirst().allSatisfy({ match.tensor($0) != nil }) else {
          return "a parameter is computed"
        }
        return match.hasConvolvedParts(match[concat])
      }
    ) { match, rewriter throws(GraphError) in
      var start = 0
      return try match.distribute(match[concat], match[norm].index, &rewriter) { channels, rewriter in
        defer { start += channels }
        return match[norm].inputs.dropFirst().compactMap { id in
          guard let path = match.path(id), let tensor = match.tensor(id) else { return nil }
          let part = Operations.Slice(axis: 0, start: start, end: start + channels).evaluate([tensor])
          return rewriter.addParameter(path, part[0])
        }
      }
    }
  }

  private static var activation: Rewrite {
    let activation = Part<Operations.Activation>("activation")
    return Rewrite(
      "activation_of_concat", pattern: Pattern(activation, operands: [.onlyUse(of: joined)]),
      refusal: { $0.hasConvolvedParts($0[concat]) }
    ) { match, rewriter throws(GraphError) in
      try match.distribute(match[concat], match[activation].index, &rewriter) { _, _ in [] }
    }
  }
}

extension Match {
  /// Returns why the parts of a concatenation are not all results of convolutions with known channels that nothing else uses; nil
  /// if they are.
  fileprivate func hasConvolvedParts(_ concat: MatchedNode<Operations.Concat>) -> String? {
    let links = GraphLinks(graph)
    for part in concat.inputs {
      guard let producer = links.producers[part], links.useCount(of: part) == 1, type(part).shape[1].value != nil else {
        return "a part has other uses"
      }
      let operation = graph.nodes[producer].operation
      guard operation is Operations.Convolution || operation is Operations.BatchNorm else {
        return "a part is no convolution's result"
      }
    }
    return nil
  }

  /// Adds an operation to each part of a concatenation, and the concatenation of the results.
  ///
  /// - Parameter parameters: Returns the operation's other inputs for the next part, which has a number of channels.
  fileprivate func distribute(
    _ concat: MatchedNode<Operations.Concat>, _ index: Int, _ rewriter: inout GraphRewriter,
    _ parameters: (Int, inout GraphRewriter) -> [GraphRewriter.Value]
  ) throws(GraphError) -> [GraphRewriter.Value] {
    var parts: [GraphRewriter.Value] = []
    for part in concat.inputs {
      let others = parameters(type(part).shape[1].value ?? 0, &rewriter)
      parts += try rewriter.add(
        graph.nodes[index].operation, inputs: [try rewriter.value(for: part)] + others, standingFor: [index])
    }
    return try rewriter.add(concat.operation, inputs: parts, standingFor: [concat.index])
  }
}
