import ArgumentParser
import VideoAccelerator

/// `accelerator run`.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs a model on tensors from .npy files.",
    discussion: """
      Examples:
        accelerator run --model x3d_xs --input clip.npy --output logits.npy
        accelerator run --model x3d_s --checkpoint X3D_S.pyth --input clip.npy --output logits.npy

      The input is float32 [N, 3, T, H, W], normalised as the model wants it; the output is the model's, logits for
      a classifier.
      """)

  @OptionGroup var modelOptions: ModelOptions

  @Option(
    help: ArgumentHelp("A tensor for each input of the model, in order.", valueName: "x.npy"),
    completion: .file(extensions: ["npy"]))
  var input: [String]

  @Option(help: ArgumentHelp("Where the result goes.", valueName: "y.npy"))
  var output: String

  @Option(help: "The number format to run in.")
  var precision = Precision.fp32

  @Option(help: "What runs the model.")
  var engine = Engine.interpreter

  func run() throws {
    let inputs = try input.map { path in
      let tensor = try NumPyFile.read(path)
      return tensor.elementType.isFloatingPoint ? tensor.converted(to: .float32) : tensor
    }
    let model = try modelOptions.load()
    let results = try Interpreter(model.graph, weights: model.weights).run(inputs)
    try NumPyFile.write(results[0], to: output)
    Terminal.log("\(output): \(results[0])")
  }
}
