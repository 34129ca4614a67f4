import Tensors
import Architectures
import Formats
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
      A model of the zoo ('accelerator zoo list'), a model folder, an .accel or an .onnx file. (default: \
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

  @Option(
    help: ArgumentHelp(
      "Shape of an input, where an ONNX file leaves lengths open that its layers depend on; repeat for others.",
      valueName: "name=1x3x16x224x224"))
  var onnxShape: [NamedShape] = []

  @Option(
    help: ArgumentHelp(
      "How clips are made, for a model that does not say: a preprocessor_config.json as in a model folder.",
      valueName: "file"), completion: .file(extensions: ["json"]))
  var preprocessing: String?

  func validate() throws {
    try NumberRange.check(classes, NumberRange.classes, option: "--classes")
    for (index, shape) in onnxShape.enumerated() where onnxShape[..<index].contains(where: { $0.name == shape.name }) {
      throw ValidationError("--onnx-shape gives two shapes for '\(shape.name.printable)'.")
    }
  }

  /// Loads the requested model, in its own form.
  func load(labels: [String]? = nil, head: ModelHead = .classifier) throws -> Model {
    if checkpoint == nil, checkpointOptions.checkpointKey != nil {
      throw UsageError("--checkpoint-key chooses weights in a file: give the file with --checkpoint")
    }
    var model = try checkpointOptions.explaining {
      try ModelRequest(
        self.model, checkpoint: checkpoint, checkpointKey: checkpointOptions.checkpointKey, classCount: classes,
        randomWeights: randomWeights, labels: labels, head: head,
        inputShapes: Dictionary(onnxShape.map { ($0.name, $0.lengths) }) { first, _ in first }
      ).load { checkpointOptions.report($0) }
    }
    if let preprocessing {
      guard let input = model.graph.inputTypes.first, model.graph.inputs.count == 1 else {
        throw UsageError(
          "--preprocessing is for models of one input, and \(model.name) has \(model.graph.inputs.count)")
      }
      model.recipes = [input.name: try ClipRecipe(contentsOf: preprocessing)]
      try model.check()
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
    if let file, let mapped = try? MappedFile(path: file), Model.matches(mapped) || ONNXImport.matches(mapped) {
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

/// The shape of an input by its name.
struct NamedShape: ExpressibleByArgument {
  /// The text that it was parsed from.
  let argument: String
  let name: String
  let lengths: [Int]

  /// Parses a name and a shape, such as `clip=1x3x16x224x224`.
  init?(argument: String) {
    guard let separator = argument.lastIndex(of: "="), separator != argument.startIndex else { return nil }
    let parts = argument[argument.index(after: separator)...].split(separator: "x", omittingEmptySubsequences: false)
    lengths = parts.compactMap { Int($0) }
    name = String(argument[..<separator])
    self.argument = argument
    guard lengths.count == parts.count, lengths.allSatisfy({ (1...1 << 24).contains($0) }) else { return nil }
  }
}
