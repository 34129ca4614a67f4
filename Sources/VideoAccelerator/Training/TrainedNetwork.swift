import Architectures
import IR
import Models
import Preprocessing
import Tensors
import Training
import Zoo

/// The network that a run trains: that of a model, with a classifier for the classes of the videos.
struct TrainedNetwork {
  let graph: Graph
  private let model: Model
  private let classes: [String]
  private let inputs: ClipInputs
  /// The path of the classifier's layer; nil for the last layer with weights.
  private let head: String?
  /// The options of its architecture; null if the model is not of a registered architecture.
  private let architecture: JSON

  /// Creates the network for the classes and the clips.
  ///
  /// - Throws: `ModelRequestError` if the model cannot be trained in that precision; `GraphError` or
  ///   `ArchitectureError` if the network cannot have as many classes, or does not take the clips.
  init(_ model: Model, classes: [String], inputs: ClipInputs, precision: Precision, head: String?) throws {
    try Self.check(model, for: precision, classes: classes)
    self.model = model
    self.classes = classes
    self.inputs = inputs
    self.head = head
    if model.provenance.architecture == .null {
      architecture = .null
      graph = model.labels == classes ? model.graph : try model.graph.withClasses(classes.count, head: head)
    } else {
      var options = try model.architecture().fitting(
        frameCount: inputs.clip.frameCount, cropSize: inputs.clip.cropSize)
      options.classCount = classes.count
      architecture = try JSON(encoding: options)
      graph = try options.graph()
    }
    _ = try graph.specialized(to: inputs.shapes)
  }

  private static func check(_ model: Model, for precision: Precision, classes: [String]) throws {
    guard !model.isDeployable else {
      throw ModelRequestError.request(
        "\(model.name) is in deployable form, which is not trained: train the model that it was made from")
    }
    switch precision {
    case .fp32: return
    case .fp16: throw ModelRequestError.request("models are trained in fp32 or int8: 'deploy' makes fp16 of fp32")
    case .int8:
      if model.provenance.isUntrained {
        throw ModelRequestError.request(
          "\(model.name) is untrained: train it in fp32 first, and then what comes of that in int8")
      }
      guard model.labels == classes else {
        throw ModelRequestError.request(
          "the classes of \(model.name) are not those of the videos: train it on them in fp32 first, and then what comes of "
            + "that in int8")
      }
    }
  }

  /// A line that names the classifier and its classes, such as `head: fc.weight, 400 → 7 classes`; nil if it is kept.
  func headLine() throws -> String? {
    guard model.labels != classes else { return nil }
    let weight = graph.weights(of: try graph.classifier(named: head))[0]
    let old = model.weights[graph[weight].name]?.shape.first.map { "\($0) → " } ?? ""
    return "head: \(graph[weight].name), \(old)\(classes.count) classes"
  }

  /// Returns the initial weights: those of the model, with a new classifier for other classes; random ones if the model
  /// is untrained.
  func firstWeights(seed: UInt64) throws -> [String: Tensor] {
    guard model.provenance.isUntrained else {
      return try ReplaceHead.weights(
        for: graph, from: model.weights, seed: seed, keepsHead: model.labels == classes, head: head)
    }
    // Training from scratch: there is no head to keep.
    let clip = RandomWeights.clips(inputs.clip.clipShape, seed: seed)
    let random = try RandomWeights.make(for: graph, seed: seed, measuringOn: inputs.tensors(of: clip))
    return try ReplaceHead.weights(for: graph, from: random, seed: seed, keepsHead: false, head: head)
  }

  /// Returns the network with weights as a model.
  func trained(name: String, weights: [String: Tensor], source: String) -> Model {
    Model(
      name: name, graph: graph, weights: weights,
      recipes: inputs.recipes(named: graph.inputTypes.map(\.name)), labels: classes,
      provenance: .init(source: source, architecture: architecture))
  }

  /// Returns the path of the file with the weights of the model in a folder.
  func weightsPath(in folder: String) -> String {
    architecture == .null ? "\(folder)/model.accel" : "\(folder)/model.safetensors"
  }

  /// Writes the network with weights to a folder: a zoo folder if it is of a registered architecture, else
  /// `model.accel` in original form.
  func write(_ weights: [String: Tensor], to folder: String) throws {
    let trained = trained(
      name: FileSystem.name(of: folder), weights: weights, source: "\(model.name), fine-tuned")
    guard architecture == .null else { return try trained.write(toFolder: folder) }
    try FileSystem.makeFolder(folder)
    try trained.write(to: weightsPath(in: folder))
  }
}
