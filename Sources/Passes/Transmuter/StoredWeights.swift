import IR
import Tensors

extension ModelProgram {
  /// Returns the program with its weights as a number format stores them.
  ///
  /// Batch norms are folded before, so that each weight is rounded only once.
  ///
  /// - Throws: ``TransmuterError/overflow(parameter:value:_:)`` if a finite weight would become infinite.
  package func stored(in precision: Precision) throws -> ModelProgram {
    guard precision != .fp32 else { return self }
    return try with(
      weights: Dictionary(
        uniqueKeysWithValues: weights.map { path, tensor in
          guard tensor.elementType == .float32 else { return (path, tensor) }
          let stored = tensor.converted(to: precision.weightType)
          let (before, after) = (
            tensor.elements(as: Float.self), stored.converted(to: .float32).elements(as: Float.self)
          )
          if let lost = before.indices.first(where: { before[$0].isFinite && !after[$0].isFinite }) {
            throw TransmuterError.overflow(parameter: path, value: before[lost], precision)
          }
          return (path, stored)
        }))
  }
}
