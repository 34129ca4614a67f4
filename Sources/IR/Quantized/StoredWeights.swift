import Tensors

extension [String: Tensor] {
  /// Returns weights as a number format of floating point stores them: those in float32 are rounded to it.
  ///
  /// - Throws: ``GraphError/overflow(parameter:value:_:)`` if a finite weight would become infinite.
  package func stored(in precision: Precision) throws(GraphError) -> [String: Tensor] {
    guard precision != .fp32 else { return self }
    var stored = self
    for (path, tensor) in self where tensor.elementType == .float32 {
      let rounded = tensor.converted(to: precision.weightType)
      let (before, after) = (tensor.elements(as: Float.self), rounded.converted(to: .float32).elements(as: Float.self))
      if let lost = before.indices.first(where: { before[$0].isFinite && !after[$0].isFinite }) {
        throw .overflow(parameter: path, value: before[lost], precision)
      }
      stored[path] = rounded
    }
    return stored
  }
}

extension ModelProgram {
  /// Returns the program with its weights as a number format stores them.
  ///
  /// - Throws: ``GraphError/overflow(parameter:value:_:)`` if a finite weight would become infinite.
  package func stored(in precision: Precision) throws(GraphError) -> ModelProgram {
    try with(weights: weights.stored(in: precision))
  }
}
