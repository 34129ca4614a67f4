import Passes
import Tensors
import Architectures
import Autotune
import ArgumentParser
import Foundation
import VideoAccelerator

/// `accelerator design`.
struct Design: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Design a network for a latency budget on this device.",
    usage: "accelerator design --latency-ms <ms> --output <folder> [<options>]",
    discussion: """
      EXAMPLES:
        accelerator design --latency-ms 10 --output net10
        accelerator design --latency-ms 20 --threads 2 --classes 12 --output net20
        accelerator benchmark --model net10 --random-weights 1

      X3D's stepwise expansion: starting from a tiny network of one frame, each step
      expands one axis: frame rate, duration, resolution, width, bottleneck width or
      depth. Latency is measured block by block on this device (and cached); the
      final network is measured as a whole.

      Accuracy is estimated, not measured, as nothing is trained: by a fit to the
      published accuracies of X3D-XS to XL on Kinetics-400. It ranks networks; it
      does not predict their accuracy.

      The output is a model folder without weights, to be trained.
      """)

  @Option(help: ArgumentHelp("Latency budget for one clip in milliseconds.", valueName: "ms"))
  var latencyMs: Double

  @OptionGroup var targetOptions: TargetOptions

  @OptionGroup var threadsOption: ThreadsOption

  @Option(help: "Number format to run in.")
  var precision = Precision.fp32

  @Option(help: ArgumentHelp("Number of classes.", valueName: "n"))
  var classes = 400

  @Option(help: ArgumentHelp("Output folder.", valueName: "folder"), completion: .directory)
  var output: String

  @Option(help: "Output format.")
  var format = OutputFormat.text

  func validate() throws {
    if !NetworkDesigner.budgets.contains(latencyMs) { throw ValidationError("\(DesignError.budget(latencyMs))") }
    try NumberRange.check(classes, NumberRange.classes, option: "--classes")
  }

  func run() throws {
    let target = try targetOptions.device()
    guard target.name == HostCPU().name else {
      throw DesignError.foreignTarget(target.name, host: HostCPU().name)
    }
    try checkOutput()
    let blocks = try BlockLatencies.cached(precision: precision, threads: threadsOption.threads)
    if let note = blocks.note { Terminal.note(note) }
    let known = blocks.table.count
    let designer = NetworkDesigner(blocks: blocks, classCount: classes) {
      Terminal.progress("\($0) (\(blocks.table.count - known) blocks measured)")
    }
    let design: NetworkDesign
    do {
      defer { Terminal.endProgress() }
      design = try designer.design(budget: latencyMs)
    }
    if let note = blocks.note { Terminal.note(note) }
    if !design.meetsBudget {
      Terminal.note("latencies vary too much on this machine right now to meet the budget more closely")
    }
    try design.write(to: output)
    let result = DesignResult(design: design, device: blocks.table.device, output: output)
    switch format {
    case .text: try Terminal.result(result.text)
    case .json: try Terminal.result(result.json.text(pretty: true))
    }
  }
  /// Checks that the folder can be written, before all the measuring.
  private func checkOutput() throws {
    if FileSystem.exists("\(output)/model.safetensors") {
      throw FileError(path: output, reason: "holds a model with its weights: choose another folder")
    }
    var place = output
    while !FileSystem.exists(place) { place = FileSystem.folder(of: place) }
    guard FileSystem.isFolder(place) else { throw FileError(path: place, reason: "is not a folder") }
    guard FileSystem.isWritable(place) else {
      throw FileError(path: output, action: "write", code: EACCES)
    }
  }
}

/// The result of a design, with the steps that led to it.
private struct DesignResult {
  let design: NetworkDesign
  let device: LatencyTable.Device
  let output: String

  var text: String {
    var table = TextTable([
      "step", "axis", "frames", "rate", "side", "width", "bottleneck", "depth", "MACs", "parameters", "ms", "top-1*",
      "gain*",
    ])
    for (index, step) in design.path.enumerated() {
      let size = step.size
      table.add([
        "\(index)", step.axis.map { $0.rawValue.replacing("_", with: " ") } ?? "(smallest)", "\(size.frames)",
        "\(size.rate)", "\(size.side)²", size.width.fixed(2), size.bottleneck.fixed(3), size.depth.fixed(1),
        "\((Double(step.multiplyAdds) / 1e6).fixed(1)) M", "\((Double(step.parameters) / 1e6).fixed(2)) M",
        predicted(step).fixed(2), step.expectedAccuracy.fixed(1), gain(index).map { "+\($0.fixed(1))" } ?? "",
      ])
    }
    let share = design.milliseconds / design.budget * 100
    return """
      \(device.cpu), \(device.isa), \(device.precision), \(device.threads.of("thread"))

      \(table.text)

      The final network, measured as a whole: \(design.milliseconds.fixed(2)) ms, \(share.fixed(0)) % of the budget. \
      Milliseconds of the
      steps are sums of measured block latencies, times \(design.overhead.fixed(2)), the ratio for the whole network.
      * Estimated from published accuracies of X3D on Kinetics-400, to compare networks: nothing was trained.

      \(output.printable): try it with 'accelerator benchmark --model \(output.printable) --random-weights 1'
      """
  }

  var json: JSON {
    [
      "latency_budget_ms": .number(design.budget), "latency_ms": .rounded(design.milliseconds, 4),
      "blocks_ms": .rounded(design.step.milliseconds, 4), "whole_to_blocks": .rounded(design.overhead, 4),
      "cpu": .string(device.cpu), "isa": .string(device.isa), "precision": .string(device.precision),
      "threads": JSON(device.threads), "output": .string(output),
      "path": .array(design.path.indices.map { json(of: $0) }),
    ]
  }

  private func json(of index: Int) -> JSON {
    let step = design.path[index]
    return [
      "step": JSON(index), "axis": step.axis.map { .string($0.rawValue) } ?? .null, "frames": JSON(step.size.frames),
      "rate": JSON(step.size.rate), "side": JSON(step.size.side), "width": .rounded(step.size.width, 4),
      "bottleneck": .rounded(step.size.bottleneck, 4), "depth": .rounded(step.size.depth, 4),
      "multiply_adds": JSON(step.multiplyAdds), "parameters": JSON(step.parameters),
      "predicted_ms": .rounded(predicted(step), 4), "expected_top1": .rounded(step.expectedAccuracy, 2),
      "expected_gain": gain(index).map { .rounded($0, 3) } ?? .null,
    ]
  }

  private func predicted(_ step: ExpansionStep) -> Double { step.milliseconds * design.overhead }

  private func gain(_ index: Int) -> Double? {
    index == 0 ? nil : design.path[index].expectedAccuracy - design.path[index - 1].expectedAccuracy
  }
}
