extension Pass {
  /// Removes operations and parameters that no output needs; every pass does, this one does nothing else.
  ///
  /// ```
  /// %1 = activation(x) {function: relu}
  /// %2 = activation(x) {function: tanh}
  /// return %1
  /// ```
  /// becomes
  /// ```
  /// %1 = activation(x) {function: relu}
  /// return %1
  /// ```
  public static let removeDeadCode = Pass("remove_dead_code", [])
}
