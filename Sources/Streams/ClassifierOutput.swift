import IR
import Models
import Tensors

/// What a classifier's output says: the probabilities of its classes, and their labels.
package struct ClassifierOutput: Sendable {
  private let model: String
  private let labels: [String]
  private let yieldsProbabilities: Bool

  /// Reads a model, whose last layers must be as they were defined: rewrites may hide its softmax.
  package init(of model: Model) {
    self.model = model.name
    labels = model.labels
    yieldsProbabilities = model.graph.finalSoftmax != nil
  }

  /// Returns the probabilities `[N, classes]` for an output of that shape.
  package func probabilities(_ output: Tensor) -> Tensor {
    yieldsProbabilities ? output : Operations.Softmax(axis: 1).evaluate([output])[0]
  }

  /// Returns the values, of which none may be NaN or infinite.
  ///
  /// - Throws: ``VideoClassifierError/notFinite(model:)``.
  package func finite(_ values: [Float]) throws -> [Float] {
    guard values.allSatisfy(\.isFinite) else { throw VideoClassifierError.notFinite(model: model) }
    return values
  }

  /// Returns the scores of all classes, which must be finite.
  ///
  /// - Throws: ``VideoClassifierError/notFinite(model:)``; `ModelError` if there is not a label for each.
  package func scores(_ values: [Float]) throws -> [Float] {
    guard labels.isEmpty || labels.count == values.count else {
      throw ModelError.labelCount(model: model, labels: labels.count, classes: values.count)
    }
    return try finite(values)
  }

  /// Returns the label of a class.
  package func label(_ index: Int) -> String { labels.indices.contains(index) ? labels[index] : "class \(index)" }
}
