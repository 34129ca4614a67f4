import ArgumentParser
import Foundation
import VideoAccelerator

/// The options of every command that takes a model.
struct ModelOptions: ParsableArguments {
  @Option(
    name: .customLong("model"),
    help: ArgumentHelp(
      """
      A model of the zoo ('accelerator zoo list'), a model's folder or an .accel file. (default: \
      \(BundledModel.standard.name); x3d_xs with --checkpoint, --classes or --random-weights)
      """, valueName: "model"),
    completion: .list(ModelRequest.names))
  var requestedModel: String?

  var model: String {
    if let requestedModel { return requestedModel }
    return checkpoint == nil && classes == nil && randomWeights == nil ? BundledModel.standard.name : "x3d_xs"
  }

  @Option(
    help: ArgumentHelp("Weights for the model: .pyth, .pt, .pth or .safetensors.", valueName: "file"),
    completion: .file(extensions: ["pyth", "pt", "pth", "safetensors"]))
  var checkpoint: String?

  @Option(help: ArgumentHelp("Number of classes, where it is not the model's own.", valueName: "n"))
  var classes: Int?

  @Option(help: ArgumentHelp("Use untrained weights that follow from a seed, to try things out.", valueName: "seed"))
  var randomWeights: UInt64?

  func validate() throws {
    if let classes, classes < 1 { throw ValidationError("--classes must be 1 or more.") }
  }

  /// Loads the model that the options ask for.
  func load(labels: [String]? = nil, head: ModelHead = .classifier) throws -> ZooModel {
    if try deployableFile() != nil {
      throw ModelRequestError.request("\(model) is in deployable form already: give the model that it was made from")
    }
    let loaded = try ModelRequest(
      model, checkpoint: checkpoint, classCount: classes, randomWeights: randomWeights, labels: labels, head: head
    ).load()
    if loaded.hasRandomWeights {
      Terminal.log("note: the weights are untrained (--random-weights): scores mean nothing")
    }
    return loaded
  }

  /// The network in original form with its recipe, where weights do not matter.
  func network() throws -> (graph: Graph, recipe: ClipRecipe) {
    guard try deployableFile() == nil else {
      throw ModelRequestError.request("\(model) is in deployable form already: give the model that it was made from")
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
      throw ModelRequestError.request("\(model) has no features: an .accel file ends where it was deployed to end")
    }
    return try RunnableModel(file, path: model, labels: labels, precision: precision)
  }

  /// The model as an `.accel` file; nil if it is something else.
  func deployableFile() throws -> DeployableFile? {
    guard !ModelRequest.names.contains(model), let file = try? MappedFile(path: model), DeployableFile.matches(file)
    else { return nil }
    if checkpoint != nil || classes != nil || randomWeights != nil {
      throw ModelRequestError.request(
        "\(model) has its weights: leave out --checkpoint, --classes and --random-weights")
    }
    return try DeployableFile(file)
  }

  /// Where the weights come from, for people.
  var source: String {
    if let randomWeights { return "untrained weights, seed \(randomWeights)" }
    guard let checkpoint else { return model }
    return FileSystem.name(of: checkpoint)
  }
}

extension Precision: ExpressibleByArgument {}

/// The option of the commands that run a model.
struct PrecisionOption: ParsableArguments {
  @Option(help: "The number format to run in; if not given an .accel file's own, or fp32.")
  var precision: Precision?
}

/// What runs a model.
enum Engine: String, ExpressibleByArgument, CaseIterable {
  case plan, interpreter
}
