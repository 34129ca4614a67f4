import IR

extension Pass {
  /// Removes dropout, which has no effect in inference.
  ///
  /// ```
  /// %1 = dropout(x) {rate: 0.5}
  /// %2 = activation(%1) {function: relu}
  /// ```
  /// becomes
  /// ```
  /// %1 = activation(x) {function: relu}
  /// ```
  public static let removeDropout = Pass("remove_dropout", [dropout])

  private static var dropout: Rewrite {
    let dropout = Part<Operations.Dropout>("dropout")
    return Rewrite("dropout", pattern: Pattern(dropout)) { match, rewriter throws(GraphError) in
      [try rewriter.value(for: match[dropout].inputs[0])]
    }
  }
}
