import Foundation
import IR
import Formats
import Architectures
import Models
import Preprocessing
import Tensors

/// The model that a user requests, as on the command line.
public struct ModelRequest: Sendable {
  /// The name of a model in the zoo or of a bundled model, a model's folder, an `.accel` or an `.onnx` file.
  public var model: String
  /// A file with weights (`.pyth`, `.pt`, `.pth`, `.safetensors`) instead of the model's own.
  public var checkpoint: String?
  /// The keys that lead to one of several sets of weights in the checkpoint.
  public var checkpointKey: String?
  /// The number of classes, instead of the model's own.
  public var classCount: Int?
  /// The seed of random weights; see `RandomWeights`.
  public var randomWeights: UInt64?
  /// The names of the classes, instead of the model's own.
  public var labels: [String]?
  /// Where the network ends.
  public var head: ModelHead
  /// Shapes of inputs, by name, for an ONNX file that leaves lengths open.
  public var inputShapes: [String: [Int]]

  /// The names that can be requested: those of the bundled models and the architectures.
  public static var names: [String] { BundledModel.all.map(\.name) + Architecture.names }

  /// Creates a request.
  public init(
    _ model: String, checkpoint: String? = nil, checkpointKey: String? = nil, classCount: Int? = nil,
    randomWeights: UInt64? = nil, labels: [String]? = nil, head: ModelHead = .classifier,
    inputShapes: [String: [Int]] = [:]
  ) {
    self.model = model
    self.checkpoint = checkpoint
    self.checkpointKey = checkpointKey
    self.classCount = classCount
    self.randomWeights = randomWeights
    self.labels = labels
    self.head = head
    self.inputShapes = inputShapes
  }

  /// Loads the model.
  ///
  /// - Parameters:
  ///   - cache: The cache of pulled models; nil for the user's.
  ///   - report: Called with remarks about how the weights were found in their file.
  /// - Throws: ``ModelRequestError`` if there is no such model or it has no weights, `StateDictMismatch` with all
  ///   parameters that do not fit, and what reading the files throws.
  public func load(cache: ModelCache? = nil, report: ([WeightsNote]) -> Void = { _ in }) throws -> Model {
    if checkpoint != nil, randomWeights != nil {
      throw ModelRequestError.request("give a checkpoint or random weights, not both")
    }
    if let file = try accelFile() { return try load(file) }
    if let path = onnxPath { return try importedModel(path) }
    guard inputShapes.isEmpty else {
      throw ModelRequestError.request("\(model) is no ONNX file, and only those take shapes of inputs")
    }
    let base = try self.base()
    var architecture = base.architecture
    if let classCount { architecture.classCount = classCount }
    let labels = try self.labels(for: architecture, base: base)
    // Checkpoints contain the whole network, whatever part of it is requested.
    let whole = try architecture.graph()
    let (weights, notes) = try self.weights(for: whole, of: architecture, base: base, cache: cache)
    report(notes)
    let isWhole = architecture.head == head
    architecture.head = head
    let graph = isWhole ? whole : try architecture.graph()
    let paths = Set(graph.parameters.map(\.path))
    let model = Model(
      name: base.name, graph: graph, weights: weights.filter { paths.contains($0.key) },
      recipes: try base.recipe.map { try architecture.inputs(of: $0).recipes(named: graph.inputTypes.map(\.name)) }
        ?? [:],
      labels: head == .classifier ? labels : [],
      provenance: .init(
        source: source, architecture: try JSON(encoding: architecture), isUntrained: randomWeights != nil))
    try model.check()
    return model
  }

  /// Returns the file of the model; nil if it is not a file.
  private func accelFile() throws -> MappedFile? {
    guard !Self.names.contains(model), let file = try? MappedFile(path: Self.accelPath(of: model)), Model.matches(file)
    else { return nil }
    return file
  }

  private func load(_ file: MappedFile) throws -> Model {
    if checkpoint != nil || classCount != nil || randomWeights != nil {
      throw ModelRequestError.ownWeights(model: model)
    }
    if head != .classifier { throw ModelRequestError.noFeatures(model: model) }
    var model = try Model(file)
    if let labels {
      guard labels.count == model.labels.count else {
        throw ModelError.labelCount(model: model.name, labels: labels.count, classes: model.labels.count)
      }
      model.labels = labels
    }
    try model.check()
    return model
  }

  /// Returns the `.accel` file in a folder that contains only such a model, as int8 training writes it; otherwise the
  /// path itself.
  public static func accelPath(of path: String) -> String {
    let file = "\(path)/model.accel"
    return FileSystem.exists(file) && !FileSystem.exists("\(path)/config.json") ? file : path
  }

  /// The source of the weights for users.
  private var source: String {
    if let randomWeights { return "untrained weights, seed \(randomWeights)" }
    guard let checkpoint else { return model }
    return FileSystem.name(of: checkpoint)
  }

  /// Returns the network's options and how its inputs are made, which are known without weights; nil if they are no clips of a
  /// recipe.
  ///
  /// - Throws: ``ModelRequestError`` if there is no such model, and what reading its folder throws.
  public func network() throws -> (architecture: Architecture, inputs: ClipInputs?) {
    let base = try self.base()
    var architecture = base.architecture
    if let classCount { architecture.classCount = classCount }
    architecture.head = head
    return (architecture, try base.recipe.map { try architecture.inputs(of: $0) })
  }

  private struct Base {
    let name: String
    let architecture: Architecture
    let recipe: ClipRecipe?
    let labels: [String]?
    let folder: ZooFolder?
  }

  /// Returns the model without its weights: from the registry or the package by its name, else from a folder.
  private func base() throws -> Base {
    if let architecture = try? Architecture(named: model) {
      return Base(
        name: model, architecture: architecture,
        recipe: architecture.inputShapes == nil ? try ClipRecipe(forArchitecture: model) : nil,
        labels: (try? ZooRegistry.entry(named: model))?.labels ?? Kinetics400.labels, folder: nil)
    }
    if let bundled = BundledModel(named: model) { return try base(in: bundled.folder()) }
    guard let status = FileSystem.status(of: model) else {
      // No model's name has these.
      let isPath = model.contains { $0 == "/" || $0 == "." }
      if isPath { throw FileError(path: model, action: "open", code: ENOENT) }
      throw ModelRequestError.unknownModel(model)
    }
    guard status.kind == .folder else {
      throw ModelRequestError.notAModel(
        path: model, reason: "a file of weights needs the name of its model")
    }
    return try base(in: model)
  }

  private func base(in path: String) throws -> Base {
    let folder = try ZooFolder(path: path)
    return Base(
      name: FileSystem.name(of: path), architecture: folder.architecture, recipe: folder.recipe,
      labels: folder.labels, folder: folder)
  }

  private func labels(for architecture: Architecture, base: Base) throws -> [String] {
    if let labels { return labels }
    if let labels = base.labels, labels.count == architecture.classCount { return labels }
    return (0..<architecture.classCount).map { "class \($0)" }
  }

  private func weights(
    for graph: Graph, of architecture: Architecture, base: Base, cache: ModelCache?
  ) throws -> (weights: [String: Tensor], notes: [WeightsNote]) {
    if let seed = randomWeights {
      if let shapes = architecture.inputShapes {
        // Two clips, so that statistics are not those of a single one.
        let clips = shapes.map { RandomWeights.clips([2] + $0.dropFirst(), seed: seed) }
        return (try RandomWeights.make(for: graph, seed: seed, measuringOn: clips), [])
      }
      guard let recipe = base.recipe else { throw ModelError.noRecipe(model: model) }
      return (try Self.randomWeights(for: graph, of: architecture, recipe: recipe, seed: seed), [])
    }
    let path: String
    if let checkpoint {
      path = checkpoint
    } else if let folder = base.folder {
      guard folder.hasWeights else { throw ModelRequestError.noWeights(model: model) }
      path = folder.weightsPath
    } else if let entry = try? ZooRegistry.entry(named: model),
      let pulled = try (cache ?? ModelCache()).path(for: entry)
    {
      path = pulled
    } else if let fetched = try FetchedModel(named: model)?.weights(in: cache ?? ModelCache()) {
      path = fetched
    } else {
      throw ModelRequestError.noWeights(model: model)
    }
    let mapped = try MappedFile(path: path)
    guard !Model.matches(mapped) else {
      throw ModelRequestError.request("\(path) is a model in deployable form, not weights for another model")
    }
    let file = try Checkpoint.load(mapped)
    do {
      let fitted = try file.weights(for: graph.expectedTensors, namings: architecture.namings, key: checkpointKey)
      return (fitted.weights, WeightsNote.notes(about: fitted, from: file))
    } catch let mismatch as StateDictMismatch {
      throw try file.explanation(of: mismatch, for: base.name)
    }
  }

  /// The multiply-adds for a clip above which batch-norm statistics are measured on small clips: that takes the reference
  /// implementation seconds instead of minutes.
  private static let mostMeasured = 8_000_000_000
  /// The height and width of these clips.
  private static let smallSide = 64

  private static func randomWeights(
    for graph: Graph, of architecture: Architecture, recipe: ClipRecipe, seed: UInt64
  ) throws -> [String: Tensor] {
    let inputs = try architecture.inputs(of: recipe)
    // Two clips, so that statistics are not those of a single one.
    var shape = [2] + recipe.clipShape.dropFirst()
    var measured = graph
    if try graph.specialized(to: inputs.shapes).multiplyAdds().reduce(0, +) > mostMeasured {
      shape = Array(shape.dropLast(2)) + [smallSide, smallSide]
      measured = try architecture.fitting(frameCount: recipe.frameCount, cropSize: smallSide).graph()
    }
    let clips = RandomWeights.clips(Array(shape), seed: seed)
    return try RandomWeights.make(for: measured, seed: seed, measuringOn: inputs.tensors(of: clips))
  }
}

extension ClipRecipe {
  /// Creates the recipe of a network of the zoo.
  ///
  /// - Throws: ``ZooError/unknownModel(_:known:)``.
  public init(forArchitecture name: String) throws {
    // EfficientX3D takes the clips of the X3D of the same size; not all of its sizes were published.
    let published = ZooRegistry.names.contains(name) ? name : name.replacing("efficient_", with: "")
    self = try ZooRegistry.entry(named: published).recipe()
  }
}

extension Architecture {
  /// Returns how the network's inputs are made of a clip.
  ///
  /// - Throws: `PreprocessingError` if the clip's frames cannot be divided among its pathways.
  public func inputs(of clip: ClipRecipe) throws(PreprocessingError) -> ClipInputs {
    try ClipInputs(clip, strides: frameStrides)
  }
}

extension ZooEntry {
  /// Returns how the model's clips are made.
  public func recipe() throws(PreprocessingError) -> ClipRecipe {
    try ClipRecipe(
      frameCount: frameCount, samplingRate: samplingRate, shortSide: shortSide, cropSize: cropSize,
      mean: [mean, mean, mean], standardDeviation: [standardDeviation, standardDeviation, standardDeviation])
  }
}

extension Graph {
  /// The tensors that a checkpoint must contain for this graph. PyTorch's count of batches in each batch norm is
  /// optional.
  public var expectedTensors: [ExpectedTensor] {
    parameters.flatMap { parameter -> [ExpectedTensor] in
      let expected = ExpectedTensor(name: parameter.path, shape: type(parameter.value).fixedShape ?? [])
      let suffix = "running_var"
      guard parameter.path.hasSuffix(suffix) else { return [expected] }
      let counter = parameter.path.dropLast(suffix.count) + "num_batches_tracked"
      return [expected, ExpectedTensor(name: String(counter), shape: [], isOptional: true)]
    }
  }
}

extension Model {
  /// Loads a model by its name in the zoo, the name of a bundled model, its folder, its `.accel` or its `.onnx` file.
  ///
  /// ```swift
  /// let model = try Model("x3d_xs")
  /// ```
  ///
  /// - Throws: ``ModelRequestError`` if there is no such model, or it was not pulled, and what reading its files throws.
  public init(_ source: String) throws { self = try ModelRequest(source).load() }

  /// Returns the options of the network.
  ///
  /// - Throws: ``ModelRequestError/noArchitecture(model:)`` if it was not built from a registered architecture.
  public func architecture() throws -> Architecture {
    guard provenance.architecture != .null else { throw ModelRequestError.noArchitecture(model: name) }
    return try provenance.architecture.document(path: "\(name), architecture").decode(Architecture.self)
  }
}
