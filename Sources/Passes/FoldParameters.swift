import IR

extension Pass {
  /// Replaces operations that only move the elements of a parameter by a parameter with the elements moved.
  ///
  /// ```
  /// %1 = slice(fc.weight) {axis: 1, start: 0, end: 256, step: 1}
  /// %2 = reshape(%1) {shape: [1024, 256, 1, 1, 1]}
  /// ```
  /// becomes a parameter `fc.weight` with the shape `[1024, 256, 1, 1, 1]`.
  public static let foldParameters = Pass("fold_parameters", [movedParameter])

  private static var movedParameter: Rewrite {
    let movement = "movement"
    return Rewrite(
      "moved_parameter",
      pattern: Pattern(
        any: movement,
        where: { $0 is Operations.Reshape || $0 is Operations.Permute || $0 is Operations.Slice }, operands: [.anything]
      ),
      refusal: { match in match.tensor(match.node(movement).inputs[0]) == nil ? "its input is computed" : nil }
    ) { match, rewriter throws(GraphError) in
      let node = match.node(movement)
      guard let path = match.path(node.inputs[0]), let tensor = match.tensor(node.inputs[0]) else { return [] }
      return try node.operation.evaluate([tensor], scope: node.scope).map { rewriter.addParameter(path, $0) }
    }
  }
}
