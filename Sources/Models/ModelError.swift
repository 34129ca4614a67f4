import Tensors

/// A model that is not what it should be, or cannot be used as asked.
public enum ModelError: UserFacingError, Equatable {
  /// A file that is no model.
  case notAModel(path: String, reason: String)
  /// A file written by a later version of this package.
  case newerVersion(path: String, found: Int, known: Int)
  /// A file of which a part is not what it should be.
  case damaged(path: String, reason: String)
  /// A file without tensors that its graph needs.
  case missingTensors(path: String, names: [String])
  /// A model in original form, where it must be deployable.
  case notDeployable(model: String)
  /// A model that does not say what it wants of a clip, or takes more than one clip.
  case noRecipe(model: String)
  /// A model in floating point that is asked for in int8.
  case notQuantized(model: String)
  /// More or fewer labels than classes.
  case labelCount(model: String, labels: Int, classes: Int)

  /// One sentence that names the model or file and what is wrong with it.
  public var description: String {
    switch self {
    case .notAModel(let path, let reason): "\(path) is not a deployable model (.accel): \(reason)"
    case .newerVersion(let path, let found, let known):
      "\(path) has the format version \(found), but this version reads up to \(known): update, or deploy the model again"
    case .damaged(let path, let reason): "\(path) is damaged: \(reason)"
    case .missingTensors(let path, let names):
      "\(path) is damaged: \(names.count) tensors are missing, \(names.prefix(3).map(\.quoted).joined(separator: ", "))"
        + (names.count > 3 ? " and others" : "")
    case .notDeployable(let model): "\(model) is in original form: deploy it first"
    case .noRecipe(let model):
      "\(model) has no preprocessing recipe for a single clip: deploy it from a model that has one"
    case .notQuantized(let model): "\(model) is not quantized to int8"
    case .labelCount(let model, let labels, let classes):
      "\(model) has \(classes) classes, but \(labels) labels: there must be one for each class"
    }
  }
}
