import IR
import Architectures
import Preprocessing
import Tensors

/// A model that is ready to be used: what to compute, with which weights, on which clips, and what the result means.
public struct ZooModel: Sendable {
  /// The name that users know it by.
  public let name: String
  /// How the network is built.
  public let architecture: Architecture
  /// The network, in original form.
  public let graph: Graph
  /// The network's parameters, float32, by path.
  public let weights: [String: Tensor]
  /// What the network wants of a clip.
  public let recipe: ClipRecipe
  /// What each class is called.
  public let labels: [String]
  /// Whether the weights come from a seed instead of training.
  public let hasRandomWeights: Bool
  /// What a user should know about how the weights were found in their file.
  public let notes: [WeightsNote]

  /// A model from its parts.
  ///
  /// - Throws: ``ModelRequestError`` if there is not one label per class, `GraphError` if the network does not take the
  ///   recipe's clips, `NonFiniteWeights`.
  public init(
    name: String, architecture: Architecture, weights: [String: Tensor], recipe: ClipRecipe, labels: [String],
    hasRandomWeights: Bool = false, notes: [WeightsNote] = []
  ) throws {
    guard labels.count == architecture.classCount else {
      throw ModelRequestError.labelCount(model: name, labels: labels.count, classes: architecture.classCount)
    }
    try weights.checkFinite(of: name)
    self.name = name
    self.architecture = architecture
    self.weights = weights
    self.recipe = recipe
    self.labels = labels
    self.hasRandomWeights = hasRandomWeights
    self.notes = notes
    graph = try architecture.graph()
    _ = try graph.specialized(to: [recipe.clipShape])
  }

  /// The shape of one clip by the recipe: `[1, 3, T, crop, crop]`.
  public var clipShape: [Int] { recipe.clipShape }
}

/// A model that cannot be found or put together.
public enum ModelRequestError: UserFacingError, Equatable {
  /// Neither a name nor a file or folder that holds a model.
  case unknownModel(String)
  /// A file that is no model by itself.
  case notAModel(path: String, reason: String)
  /// A model without weights, where none were pulled or given.
  case noWeights(model: String)
  /// A bundled model without its files.
  case noResources(model: String)
  /// A model in floating point that is asked for in int8.
  case notQuantized(model: String)
  /// More or fewer labels than classes.
  case labelCount(model: String, labels: Int, classes: Int)
  /// A checkpoint with the weights of other models than the one that was asked for.
  case otherModel(path: String, requested: String, models: [String])
  /// A request that contradicts itself.
  case request(String)

  /// Whether what was asked for is at fault, and not the installation.
  public var isBadInput: Bool { if case .noResources = self { false } else { true } }

  /// One sentence that says what to do.
  public var description: String {
    switch self {
    case .unknownModel(let name):
      "there is no model '\(name)': give a name (\(ModelRequest.names.joined(separator: ", "))), a model's folder or an .accel file"
    case .notAModel(let path, let reason): "\(path) is not a model: \(reason)"
    case .noWeights(let model):
      "\(model) has no weights here: they are neither downloaded nor given"
    case .noResources(let model):
      "\(model) comes with the package, but its files are missing: they belong beside the program or in ../share/video-accelerator"
    case .notQuantized(let model): "\(model) is not quantized to int8"
    case .labelCount(let model, let labels, let classes):
      "\(model) has \(classes) classes, but \(labels) labels: there must be one for each class"
    case .otherModel(let path, let requested, let models):
      "\(path) has the weights of \(models.joined(separator: " or ")), not of \(requested)"
    case .request(let problem): problem
    }
  }
}
