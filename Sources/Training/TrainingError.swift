import Tensors

/// Why a network cannot be trained, or training failed.
public enum TrainingError: UserFacingError, Equatable {
  /// An operation without a gradient rule.
  case noGradient(operation: String, scope: String)
  /// A network that is not a classifier: its result is not `[N, classes]`.
  case notAClassifier(result: String)
  /// A network with states, whose gradients would reach back into earlier runs.
  case hasStates([String])
  /// A network without a parameter to train.
  case nothingToTrain
  /// A loss, a gradient or a weight with NaN or infinity: training diverged.
  case notFinite(step: Int, place: String)
  /// Weights of a network that differs in more than the last layer.
  case weightsDoNotFit(parameter: String)
  /// Scores with NaN or infinity.
  case scoresNotFinite(path: String)
  /// A checkpoint of a run with settings that cannot change during a run.
  case optionsDiffer(path: String, differences: [String], reason: String)
  /// A checkpoint that does not belong to the run.
  case otherRun(path: String, reason: String)

  /// A sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .noGradient(let operation, let scope):
      "\(operation)\(scope.isEmpty ? "" : " in \(scope)") has no gradient: train the model in its original form"
    case .notAClassifier(let result): "training takes a classifier, whose result is [N, classes], not \(result)"
    case .hasStates(let names):
      "training takes a network without states, but this one hands on \(names.joined(separator: ", ")) from run to run: train the "
        + "network of whole clips"
    case .nothingToTrain: "all parameters are frozen: there is nothing to train"
    case .notFinite(let step, let place):
      "training diverged: step \(step) gave NaN or infinity, first in \(place); the last checkpoint is unchanged. Try a lower "
        + "learning rate, or check the clips"
    case .scoresNotFinite(let path): "the model's scores for \(path.printable) hold NaN or infinity: check its weights"
    case .optionsDiffer(let path, let differences, let reason):
      "Options differ from the checkpoint: \(differences.joined(separator: ", ")). \(path.printable) cannot be resumed with them: "
        + reason
    case .weightsDoNotFit(let parameter):
      "the weights do not fit the network: \(parameter) is missing or has another shape"
    case .otherRun(let path, let reason): "\(path.printable) cannot be resumed: \(reason)"
    }
  }

  /// Whether the input is at fault; a training that diverged has failed.
  public var isBadInput: Bool {
    if case .notFinite = self { return false }
    return true
  }
}
