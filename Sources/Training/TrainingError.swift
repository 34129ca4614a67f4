import Graph
import Tensors

/// What cannot be trained, or went wrong while training.
public enum TrainingError: UserFacingError, Equatable {
  /// An operation without a gradient rule.
  case noGradient(operation: String, scope: String)
  /// A network that is no classifier: its result is not `[N, classes]`.
  case notAClassifier(result: String)
  /// No parameter is left to train.
  case nothingToTrain

  /// One sentence that says what to do.
  public var description: String {
    switch self {
    case .noGradient(let operation, let scope):
      "\(operation)\(scope.isEmpty ? "" : " in \(scope)") has no gradient: train the model in its original form"
    case .notAClassifier(let result): "training takes a classifier, whose result is [N, classes], not \(result)"
    case .nothingToTrain: "all parameters are frozen: there is nothing to train"
    }
  }
}
