import Tensors
import Architectures
import Zoo
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

  /// Loads the requested model, in its own form.
  func load(labels: [String]? = nil, head: ModelHead = .classifier) throws -> Model {
    if checkpoint == nil, checkpointOptions.checkpointKey != nil {
      throw UsageError("--checkpoint-key chooses weights in a file: give the file with --checkpoint")
    }
    let model = try checkpointOptions.explaining {
      try ModelRequest(
        self.model, checkpoint: checkpoint, checkpointKey: checkpointOptions.checkpointKey, classCount: classes,
        randomWeights: randomWeights, labels: labels, head: head
      ).load { checkpointOptions.report($0) }
    }
    if model.provenance.isUntrained {
      Terminal.note("the weights are untrained (--random-weights): scores have no meaning")
    }
    return model
  }

  /// Loads the model, which must be in original form.
  func loadOriginal() throws -> Model {
    let model = try load()
    guard !model.isDeployable else { throw ModelRequestError.isDeployable(model: self.model) }
    return model
  }

  /// Loads the model in deployable form: an `.accel` file as it is, any other transmuted for this machine.
  func loadRunnable(
    precision: Precision?, labels: [String]? = nil, head: ModelHead = .classifier
  ) throws -> Model {
    try load(labels: labels, head: head).runnable(in: precision)
  }

  /// Returns the network in original form with the shapes of its recipes' clips, for commands that need no weights.
  func network() throws -> (graph: Graph, shapes: [[Int]]?) {
    if let file, let mapped = try? MappedFile(path: file), Model.matches(mapped) {
      let model = try loadOriginal()
      return (model.graph, model.clipShapes)
    }
    let (architecture, inputs) = try ModelRequest(model, classCount: classes).network()
    return (try architecture.graph(), architecture.inputShapes ?? inputs?.shapes)
  }

  /// The model's file; nil if it is not a file.
  var file: String? { ModelRequest.names.contains(model) ? nil : ModelRequest.accelPath(of: model) }
}

extension Precision: ExpressibleByArgument {
  /// Parses a number format by its name here or elsewhere: `fp16`, `float16`, `half`.
  public init?(argument: String) {
    switch argument.lowercased() {
    case "fp32", "float32", "f32", "float": self = .fp32
    case "fp16", "float16", "f16", "half": self = .fp16
    case "int8", "i8": self = .int8
    default: return nil
    }
  }
}

/// The option of the commands that run a model.
struct PrecisionOption: ParsableArguments {
  @Option(help: "Number format to run in. (default: the .accel file's own, else fp32)")
  var precision: Precision?
}

/// The engine that runs a model.
enum Engine: String, ExpressibleByArgument, CaseIterable {
  case plan, interpreter
}
