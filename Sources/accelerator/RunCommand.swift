import Tensors
import IR
import ArgumentParser
import VideoAccelerator

/// `accelerator run`.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a model on tensors from .npy files.",
    usage: "accelerator run --model <model> --input <x.npy> --output <y.npy> [<options>]",
    discussion: """
      EXAMPLES:
        accelerator run --model x3d_xs --input clip.npy --output logits.npy
        accelerator run --model x3d_s --checkpoint X3D_S.pyth --input clip.npy \\
          --output logits.npy

      Input: float32 [N, 3, T, H, W], normalized as the model expects. Output: the
      model's, logits for a classifier.
      """)

  @OptionGroup var modelOptions: ModelOptions

  @Option(
    help: ArgumentHelp("One tensor per input of the model, in order.", valueName: "x.npy"),
    completion: .file(extensions: ["npy"]))
  var input: [String]

  @Option(help: ArgumentHelp("Output file.", valueName: "y.npy"))
  var output: String

  @OptionGroup var precisionOption: PrecisionOption

  @OptionGroup var threadsOption: ThreadsOption

  @Option(help: "plan: optimized kernels; interpreter: the slow reference that they are tested against.")
  var engine = Engine.plan

  func run() throws {
    try OutputFiles.check(
      [("--output", output)], inputs: input + [modelOptions.file, modelOptions.checkpoint])
    let inputs = try input.map { path in
      let tensor = try NumPyFile.read(path)
      guard tensor.elementType.isFloatingPoint else {
        throw FileError(
          path: path, reason: "contains \(tensor.elementType), but models take float32: save array.astype('float32')")
      }
      return tensor.converted(to: .float32)
    }
    let results = try results(of: inputs)
    try NumPyFile.write(results[0], to: output)
    Terminal.log("\(output.printable): \(results[0])")
  }

  func validate() throws {
    if engine == .interpreter, let precision = precisionOption.precision, precision != .fp32 {
      throw ValidationError(
        "The interpreter computes in fp32 or in an int8 file's own precision: leave out --precision or --engine.")
    }
  }

  private func results(of inputs: [Tensor]) throws -> [Tensor] {
    switch engine {
    case .plan:
      let plan = try modelOptions.loadRunnable(precision: precisionOption.precision).plan(
        inputShapes: inputs.map(\.shape))
      return try Session(plan, threads: threadsOption.threads).run(inputs)
    case .interpreter:
      let model = try modelOptions.load()
      if let table = model.quantization, precisionOption.precision == nil {
        return try QuantizedInterpreter(model.graph, weights: model.weights, table: table).run(inputs)
      }
      return try Interpreter(model.graph, weights: model.floatWeights()).run(inputs)
    }
  }
}
