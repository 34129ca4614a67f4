import ArgumentParser
import Foundation
import VideoAccelerator

/// The options of every command that takes a model.
struct ModelOptions: ParsableArguments {
  @Option(
    name: .customLong("model"),
    help: ArgumentHelp(
      """
      A model of the zoo ('accelerator zoo list'), a model folder or an .accel file. (default: \
      \(BundledModel.standard.name); x3d_xs with --checkpoint, --classes or --random-weights)
      """, valueName: "model"),
    completion: .list(ModelRequest.names))
  var requestedModel: String?

  var model: String {
    if let requestedModel { return requestedModel }
    return checkpoint == nil && classes == nil && randomWeights == nil ? BundledModel.standard.name : "x3d_xs"
  }

  @Option(
    help: ArgumentHelp("Weights: a .pyth, .pt, .pth or .safetensors file.", valueName: "file"),
    completion: .file(extensions: ["pyth", "pt", "pth", "safetensors"]))
  var checkpoint: String?

  @OptionGroup var checkpointOptions: CheckpointOptions

  @Option(help: ArgumentHelp("Number of classes, if not the model's own.", valueName: "n"))
  var classes: Int?

  @Option(help: ArgumentHelp("Untrained weights from a random seed, for tests.", valueName: "seed"))
  var randomWeights: UInt64?

  func validate() throws {
    try NumberRange.check(classes, NumberRange.classes, option: "--classes")
  }

  /// Loads the model that the options ask for.
  func load(labels: [String]? = nil, head: ModelHead = .classifier) throws -> ZooModel {
    if try deployableFile() != nil {
      throw UsageError("\(model) is in deployable form already: give the model that it was made from")
    }
    if checkpoint == nil, checkpointOptions.checkpointKey != nil {
      throw UsageError("--checkpoint-key chooses weights in a file: give the file with --checkpoint")
    }
    let loaded = try checkpointOptions.explaining {
      try ModelRequest(
        model, checkpoint: checkpoint, checkpointKey: checkpointOptions.checkpointKey, classCount: classes,
        randomWeights: randomWeights, labels: labels, head: head
      ).load()
    }
    checkpointOptions.report(loaded.notes)
    if loaded.hasRandomWeights {
      Terminal.note("the weights are untrained (--random-weights): scores have no meaning")
    }
    return loaded
  }

  /// The network in original form with its recipe, where weights do not matter.
  func network() throws -> (graph: Graph, recipe: ClipRecipe) {
    guard try deployableFile() == nil else {
      throw UsageError("\(model) is in deployable form already: give the model that it was made from")
    }
    return try ModelRequest(model, classCount: classes).network()
  }

  /// Loads the model in deployable form: an `.accel` file as it is, any other transmuted for this machine.
  func loadRunnable(
    precision: Precision?, labels: [String]? = nil, head: ModelHead = .classifier
  ) throws -> RunnableModel {
    guard let file = try deployableFile() else {
      return try RunnableModel(load(labels: labels, head: head), precision: precision ?? .fp32)
    }
    if head != .classifier {
      throw UsageError("\(model) has no features: --features needs a model in its original form, not an .accel file")
    }
    return try RunnableModel(file, path: DeployablePath.of(model), labels: labels, precision: precision)
  }

  /// The model as an `.accel` file; nil if it is something else.
  func deployableFile() throws -> DeployableFile? {
    guard !ModelRequest.names.contains(model), let file = try? MappedFile(path: DeployablePath.of(model)),
      DeployableFile.matches(file)
    else { return nil }
    if checkpoint != nil || classes != nil || randomWeights != nil {
      throw UsageError("\(model) has its own weights: leave out --checkpoint, --classes and --random-weights")
    }
    return try DeployableFile(file)
  }

  /// The model's file, if it is one.
  var file: String? { ModelRequest.names.contains(model) ? nil : DeployablePath.of(model) }

  /// Where the weights come from, for people.
  var source: String {
    if let randomWeights { return "untrained weights, seed \(randomWeights)" }
    guard let checkpoint else { return model }
    return FileSystem.name(of: checkpoint)
  }
}

extension Precision: ExpressibleByArgument {
  /// A number format by its name here or elsewhere: `fp16`, `float16`, `half`.
  public init?(argument: String) {
    switch argument.lowercased() {
    case "fp32", "float32", "f32", "float": self = .fp32
    case "fp16", "float16", "f16", "half": self = .fp16
    case "int8", "i8": self = .int8
    default: return nil
    }
  }
}

/// Models in deployable form by path.
enum DeployablePath {
  /// The `.accel` file of a folder that holds such a model alone, as training in int8 leaves it; any other path as it is.
  static func of(_ path: String) -> String {
    let file = "\(path)/model.accel"
    return FileSystem.exists(file) && !FileSystem.exists("\(path)/config.json") ? file : path
  }
}

/// The option of the commands that run a model.
struct PrecisionOption: ParsableArguments {
  @Option(help: "Number format to run in. (default: the .accel file's own, else fp32)")
  var precision: Precision?
}

/// What runs a model.
enum Engine: String, ExpressibleByArgument, CaseIterable {
  case plan, interpreter
}
