import ArgumentParser
import CPU

/// Times kernels at the layer shapes of X3D or of residual networks, beside the peak of the same processor in the same run.
@main
struct KernelBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time kernels at the layer shapes of X3D, or of residual networks.",
    discussion: """
      Rows take turns, and the best of all repetitions counts, as the machine's speed moves. Pin the process to one core. \
      GFLOP/s are of the layer's own operations: padding of channels is not counted, and Winograd's algorithm, which does \
      fewer, can exceed the peak.
      """)

  @Option(help: "The network: xs, s or m.") var model: X3DSize = .xs
  @Option(help: "Height and width of the clip; the network's training crop unless given.") var side: Int?
  @Option(help: "The instruction set; the best unless given.") var isa: ISA?
  @Option(help: "The number format: float32 or float16.") var format = KernelFormat.float32
  @Flag(help: "The int8 kernels instead, beside the peak of their own dot products.") var int8 = false
  @Flag(help: "Convolutions of r3d_18, r2plus1d_18, Slow, SlowFast, CSN, MoViNet and TransNetV2 instead.")
  var residual = false
  @Flag(help: "The kernels of training instead.") var training = false
  @Option(help: "Clips of a batch in training.") var batch = 8
  @Option(help: "How many turns.") var repetitions = 50
  @Option(help: "Only rows whose kernel's name contains this.") var filter = ""

  private var bestISA: ISA { ISA.available.last ?? .scalar }

  func validate() throws {
    guard repetitions > 0, batch > 0 else { throw ValidationError("--repetitions and --batch must be 1 or more") }
    guard !residual || (!int8 && !training) else { throw ValidationError("--residual has no other flag beside it") }
    guard !training || (format == .float32 && !int8) else { throw ValidationError("--training is in float32") }
    guard format == .float32 || isa?.computesInHalves ?? bestISA.computesInHalves else {
      throw ValidationError("--format float16 needs an instruction set that computes in half precision")
    }
    guard side ?? 32 >= 32, side ?? 32 <= 1024 else { throw ValidationError("--side must be 32...1024") }
    guard isa?.isAvailable ?? true else {
      throw ValidationError("this processor lacks \(isa.map(\.rawValue) ?? ""); it has \(ISA.available)")
    }
  }

  func run() throws {
    let isa = isa ?? bestISA
    let kernels = KernelSet(isa, format)
    let network = X3DShapes(model, side: side)
    let all =
      int8
      ? quantizedRows(network, isa: isa)
      : training
        ? trainingRows(network, kernels: kernels, batch: batch)
        : residual
          ? convolutionRows(kernels: kernels)
          : gemmRows(network, kernels: kernels) + depthwiseRows(network, kernels: kernels)
    let rows = all.filter { filter.isEmpty || $0.kernel.contains(filter) }
    let results = measure(rows, repetitions: repetitions) {
      int8
        ? QuantizedPeakLoop.run(isa: isa, iterations: 10_000)
        : PeakLoop.run(isa: kernels.isa, format: kernels.format, iterations: 10_000)
    }
    let (name, unit) = int8 ? ("int8", "GOP/s") : (format.rawValue, "GFLOP/s")
    let shapes = residual ? "Convolutions" : "X3D-\(model.rawValue.uppercased()), \(network.frames) × \(network.side)²"
    print("\(shapes), \(name), \(int8 ? isa.rawValue : kernels.isa.rawValue), ", terminator: "")
    print("peak \(decimal(results.peak * 1e-9, 0)) \(unit)", terminator: "")
    print(training ? ", memory \(decimal(MeasuredPeak.memoryBandwidth(isa: isa) * 1e-9, 1)) GB/s\n" : "\n")
    print(line(["kernel", "layer", "µs", unit, "of peak", "GB/s"]))
    for (row, seconds) in zip(rows, results.seconds) {
      let rate = row.operations / seconds
      print(
        line([
          row.kernel, row.layer, decimal(seconds * 1e6, 1), decimal(rate * 1e-9, 0),
          decimal(100 * rate / results.peak, 0) + " %", decimal(row.bytes / seconds * 1e-9, 1),
        ]))
    }
  }

  private func line(_ cells: [String]) -> String {
    let widths = [36, 34, 10, 9, 9, 8]
    return zip(cells, widths).enumerated().map { index, cell in
      let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
      return index < 2 ? cell.0 + space : space + cell.0
    }.joined(separator: " ")
  }

  private func decimal(_ value: Double, _ digits: Int) -> String {
    let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    let rounded = (value * scale).rounded()
    return digits == 0 ? "\(Int(rounded))" : "\(rounded / scale)"
  }
}

extension ISA: @retroactive ExpressibleByArgument {}
extension KernelFormat: @retroactive ExpressibleByArgument {}
