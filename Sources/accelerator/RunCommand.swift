import Tensors
import IR
import Passes
import ArgumentParser
import VideoAccelerator

/// `accelerator run`.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a model on tensors from .npy files.",
    usage: "accelerator run --model <model> --input [<name>=]<x.npy> ... --output <y.npy> [<options>]",
    discussion: """
      EXAMPLES:
        accelerator run --model x3d_xs --input clip.npy --output logits.npy
        accelerator run --model x3d_s --checkpoint X3D_S.pyth --input clip.npy \\
          --output logits.npy
        accelerator run --model slowfast_r50 --input slow=s.npy --input fast=f.npy \\
          --output logits.npy
        accelerator run --model x3d_s --stream --input frames.npy --output steps.npy

      Input: what the model takes, by name or in order; for clips float32
      [N, 3, T, H, W], normalized as the model expects. Output: the model's, logits
      for a classifier.

      With --stream the input has any number of frames T, and each is computed
      once. The output has a row for each frame, from the first that has all the
      earlier frames that its result depends on. It is the network's result for
      those frames without padding in time; means over a clip, as in
      squeeze-and-excitation, are of as many frames as a clip has. Scores may
      differ from those of clips for a model that was trained on short ones.
      """)

  @OptionGroup var modelOptions: ModelOptions

  @Option(
    help: ArgumentHelp(
      "A tensor for each input of the model: NAME=FILE, or FILE in the inputs' order.", valueName: "[name=]x.npy"),
    completion: .file(extensions: ["npy"]))
  var input: [String]

  @Option(help: ArgumentHelp("A file for each output of the model, in order.", valueName: "y.npy"))
  var output: [String]

  @OptionGroup var precisionOption: PrecisionOption

  @OptionGroup var threadsOption: ThreadsOption

  @Option(help: "plan: optimized kernels; interpreter: the slow reference that they are tested against.")
  var engine = Engine.plan

  @OptionGroup var continualOptions: ContinualOptions

  func run() throws {
    try OutputFiles.check(
      output.map { ("--output", $0) },
      inputs: InputFiles.possiblePaths(input) + [modelOptions.file, modelOptions.checkpoint])
    let model =
      switch engine {
      case .plan: try modelOptions.loadRunnable(precision: precisionOption.precision)
      case .interpreter: try modelOptions.load()
      }
    let outputs = model.graph.outputs.count
    guard output.count == outputs else {
      throw UsageError("the model has \(outputs.of("output")): give --output for each, not \(output.count)")
    }
    if let field = model.stepTiming?.receptiveField, field > 1, !continualOptions.stream {
      Terminal.note("a result depends on \(field) frames, and there is one: --stream runs on all frames of a video")
    }
    let inputs = try inputs(of: model.graph)
    let results = try continualOptions.stream ? results(ofSteps: model, on: inputs) : results(of: model, on: inputs)
    for (path, result) in zip(output, results) {
      try NumPyFile.write(result, to: path)
      Terminal.log("\(path.printable): \(result)")
    }
  }

  func validate() throws {
    if engine == .interpreter, let precision = precisionOption.precision, precision != .fp32 {
      throw ValidationError(
        "The interpreter computes in fp32 or in an int8 file's own precision: leave out --precision or --engine.")
    }
  }

  /// Returns the tensors of the files as inputs of the model: floating-point numbers are converted to float32, other types
  /// must match.
  private func inputs(of graph: Graph) throws -> [Tensor] {
    let files = try InputFiles.files(input, for: graph.inputTypes.map(\.name), option: "--input")
    return try zip(files, graph.inputTypes).map { path, input in
      let tensor = try NumPyFile.read(path)
      let (found, expected) = (tensor.elementType, input.type.elementType)
      guard found == expected || found.isFloatingPoint && expected == .float32 else {
        throw FileError(
          path: path,
          reason: "contains \(found), but the input '\(input.name)' is \(expected): save array.astype('\(expected)')")
      }
      return tensor.converted(to: expected)
    }
  }

  private func results(ofSteps model: Model, on inputs: [Tensor]) throws -> [Tensor] {
    guard let video = inputs.first, inputs.count == 1 else { throw ContinualError.inputCount(inputs.count) }
    let steps = try FrameSteps(model, video: video, options: continualOptions)
    if let report = steps.report { Terminal.log(report.text) }
    switch engine {
    case .plan: return try steps.results(session: threadsOption.threads)
    case .interpreter: return try steps.interpreted()
    }
  }

  private func results(of model: Model, on inputs: [Tensor]) throws -> [Tensor] {
    switch engine {
    case .plan:
      return try model.run(inputs, threads: threadsOption.threads)
    case .interpreter:
      if let table = model.quantization, precisionOption.precision == nil {
        return try QuantizedInterpreter(model.graph, weights: model.weights, table: table).run(inputs)
      }
      return try Interpreter(model.graph, weights: model.floatWeights()).run(inputs)
    }
  }
}
