import Tensors

/// Why a model is not valid, or cannot be used as requested.
public enum ModelError: UserFacingError, Equatable {
  /// A file that is not a model.
  case notAModel(path: String, reason: String)
  /// A file written by a later version of this package.
  case newerVersion(path: String, found: Int, known: Int)
  /// A recipe under a name that none of the model's inputs has.
  case unknownInput(model: String, input: String)
  /// Tensors under other names than those of the model's inputs.
  case inputs(model: String, expected: [String], found: [String])
  /// A file with a part that is not valid.
  case damaged(path: String, reason: String)
  /// A file that lacks tensors of its graph.
  case missingTensors(path: String, names: [String])
  /// A model in original form where a deployable one is required.
  case notDeployable(model: String)
  /// A model without recipes for its inputs, or with recipes that one clip cannot serve.
  case noRecipe(model: String)
  /// A model in floating point that is requested in int8.
  case notQuantized(model: String)
  /// More or fewer labels than classes.
  case labelCount(model: String, labels: Int, classes: Int)

  /// A sentence that names the model or file and the problem.
  public var description: String {
    switch self {
    case .notAModel(let path, let reason): "\(path) is not a deployable model (.accel): \(reason)"
    case .newerVersion(let path, let found, let known):
      "\(path) has the format version \(found), but this version reads up to \(known): update, or deploy the model again"
    case .unknownInput(let model, let input): "\(model) has a recipe for '\(input)', but no input of that name"
    case .inputs(let model, let expected, let found):
      "\(model) takes the inputs \(expected.map(\.quoted).joined(separator: ", ")), not \(found.map(\.quoted).joined(separator: ", "))"
    case .damaged(let path, let reason): "\(path) is damaged: \(reason)"
    case .missingTensors(let path, let names):
      "\(path) is damaged: \(names.count) tensors are missing, \(names.prefix(3).map(\.quoted).joined(separator: ", "))"
        + (names.count > 3 ? " and others" : "")
    case .notDeployable(let model): "\(model) is in original form: deploy it first"
    case .noRecipe(let model):
      "\(model) has no preprocessing recipe that makes its inputs of one clip, which videos need: run it on arrays, or use a model with a recipe"
    case .notQuantized(let model): "\(model) is not quantized to int8"
    case .labelCount(let model, let labels, let classes):
      "\(model) has \(classes) classes, but \(labels) labels: there must be one for each class"
    }
  }
}
