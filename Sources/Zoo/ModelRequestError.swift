import Tensors

/// Why a model cannot be found or loaded.
public enum ModelRequestError: UserFacingError, Equatable {
  /// Neither a name nor a file or folder of a model.
  case unknownModel(String)
  /// A file that is not a model by itself.
  case notAModel(path: String, reason: String)
  /// A model without weights, where none were pulled or given.
  case noWeights(model: String)
  /// A bundled model whose files are not installed.
  case noResources(model: String)
  /// A request for other weights or classes of a file that has its own.
  case ownWeights(model: String)
  /// A request for the features of a model that ends in its classifier.
  case noFeatures(model: String)
  /// A request for the original form of a model in deployable form.
  case isDeployable(model: String)
  /// A request for another classifier of a model that was not built from a registered architecture.
  case noArchitecture(model: String)
  /// A checkpoint with the weights of other models than the requested one.
  case otherModel(path: String, requested: String, models: [String])
  /// A request that contradicts itself.
  case request(String)

  /// Whether the request is at fault, and not the installation.
  public var isBadInput: Bool { if case .noResources = self { false } else { true } }

  /// A sentence that says what to do.
  public var description: String {
    switch self {
    case .unknownModel(let name):
      "there is no model '\(name)': give a name (\(ModelRequest.names.joined(separator: ", "))), a model's folder, an .accel or an .onnx file"
    case .notAModel(let path, let reason): "\(path) is not a model: \(reason)"
    case .noWeights(let model):
      "\(model) has no weights here: they are neither downloaded nor given"
    case .noResources(let model):
      "\(model) comes with the package, but its files are missing: they belong beside the program or in ../share/video-accelerator"
    case .otherModel(let path, let requested, let models):
      "\(path) has the weights of \(models.joined(separator: " or ")), not of \(requested)"
    case .ownWeights(let model): "\(model) has its own weights and classes: others cannot be given"
    case .noFeatures(let model): "\(model) has no features: its graph ends in the classifier"
    case .isDeployable(let model): "\(model) is in deployable form already: give the model that it was made from"
    case .noArchitecture(let model): "\(model) was not built from one of the architectures that are known here"
    case .request(let problem): problem
    }
  }
}
