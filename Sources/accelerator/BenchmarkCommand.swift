import Tensors
import CPU
import Passes
import Autotune
import ArgumentParser
import Foundation
import VideoAccelerator

/// `accelerator benchmark`.
struct Benchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure how fast a model runs on this machine.",
    discussion: """
      EXAMPLES:
        accelerator benchmark --model x3d_xs --random-weights 1
        accelerator benchmark --model mine.accel --threads 2 --format json
        accelerator benchmark --model mine.accel --input-shape 1x3x13x160x160
        accelerator benchmark --model x3d_s --blocks
        accelerator benchmark --model x3d_s --precisions
        accelerator benchmark --model x3d_s --stream

      With --stream steps of one frame and runs on whole clips take turns.
      For comparisons, pin the process to one core (taskset -c 0) and alternate with
      what you compare to.
      """)

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var shapeOption: InputShapeOption
  @OptionGroup var precisionOption: PrecisionOption

  @OptionGroup var threadsOption: ThreadsOption

  @Option(help: ArgumentHelp("Number of runs measured.", valueName: "n"))
  var iterations = 50

  @Flag(
    help: """
      Measure each kind of block instead of the whole model: in original form, one operation per step, and in deployable \
      form, in each number format. Weights do not matter.
      """)
  var blocks = false

  @Flag(
    help: """
      Measure the model in each number format in turns, with each vector instruction set of this processor, or with \
      the one that ACCELERATOR_ISA names. Weights do not matter.
      """)
  var precisions = false

  @OptionGroup var continualOptions: ContinualOptions

  @Option(help: "Output format.")
  var format = OutputFormat.text

  func validate() throws {
    if continualOptions.stream, blocks || precisions {
      throw ValidationError("--stream is a measurement of its own: leave out \(blocks ? "--blocks" : "--precisions").")
    }
    if !(1...1_000_000).contains(iterations) { throw ValidationError("--iterations must be 1 to 1000000.") }
    if blocks, precisions { throw ValidationError("--blocks and --precisions are two measurements: choose one.") }
    if blocks || precisions, precisionOption.precision != nil {
      throw ValidationError(
        "\(blocks ? "--blocks" : "--precisions") measures all number formats: leave out --precision.")
    }
  }

  func run() throws {
    if blocks {
      try runBlocks()
    } else if precisions {
      try runPrecisions()
    } else if continualOptions.stream {
      try runStream()
    } else {
      try runModel()
    }
  }

  private func runBlocks() throws {
    let network = try modelOptions.network()
    let shapes = try shapeOption.shapes(for: network.graph, own: network.shapes, of: modelOptions.model)
    let measurer = try HostMeasurer(threads: threadsOption.threads)
    let report = BlockReport(
      model: modelOptions.model, shapes: shapes, threads: threadsOption.threads, device: measurer.device,
      costs: try measurer.costs(of: network.graph.specialized(to: shapes)) {
        Terminal.progress("block \($0 + 1) of \($1)")
      })
    Terminal.endProgress()
    switch format {
    case .json: try Terminal.result(report.json.text(pretty: true))
    case .text: try Terminal.result(report.text)
    }
  }

  private func runPrecisions() throws {
    let network = try modelOptions.network()
    let shapes = try shapeOption.shapes(for: network.graph, own: network.shapes, of: modelOptions.model)
    let isChosen = ProcessInfo.processInfo.environment["ACCELERATOR_ISA"] != nil
    let sets = try isChosen ? [ISA.preferred()] : ISA.available.filter { $0 != .scalar || ISA.available.count == 1 }
    Terminal.progress("deploying in each number format")
    let benchmark = try PrecisionBenchmark(network.graph.specialized(to: shapes))
    let rows = try sets.flatMap { isa in
      Terminal.progress("measuring \(isa.rawValue)")
      return try benchmark.rows(isa: isa, threads: threadsOption.threads, turns: iterations)
    }
    Terminal.endProgress()
    let report = PrecisionReport(model: modelOptions.model, shapes: shapes, threads: threadsOption.threads, rows: rows)
    switch format {
    case .json: try Terminal.result(report.json.text(pretty: true))
    case .text: try Terminal.result(report.text)
    }
  }

  private func runStream() throws {
    let model = try modelOptions.loadRunnable(precision: precisionOption.precision)
    let shapes = try shapeOption.shapes(for: model)
    guard shapes.count == 1 else { throw ContinualError.inputCount(shapes.count) }
    guard let continual = try continualOptions.continual(model, clipShape: shapes[0]) else { return try runModel() }
    var benchmark = try StreamBenchmark(model, continual, clipShape: shapes[0], threads: threadsOption.threads)
    try benchmark.measure(iterations)
    switch format {
    case .json: try Terminal.result(benchmark.json.text(pretty: true))
    case .text: try Terminal.result(benchmark.text)
    }
  }

  private func runModel() throws {
    let clock = ContinuousClock()
    let start = clock.now
    let model = try modelOptions.loadRunnable(precision: precisionOption.precision)
    let shapes = try shapeOption.shapes(for: model)
    let plan = try model.plan(inputShapes: shapes)
    let session = try Session(plan, threads: threadsOption.threads)
    let loadTime = clock.now - start

    let inputs = model.graph.measuringInputs(shapes)
    try session.warmUp(inputs)
    var times: [Double] = []
    for iteration in 0..<iterations {
      Terminal.progress("run \(iteration + 1) of \(iterations)")
      let begin = clock.now
      _ = try session.run(inputs)
      times.append((clock.now - begin) / .milliseconds(1))
    }
    Terminal.endProgress()
    let result = BenchmarkResult(
      model: model.name, precision: model.precision.rawValue, threads: threadsOption.threads, session: session,
      times: times.sorted(), loadMilliseconds: loadTime / .milliseconds(1),
      peak: MeasuredPeak.flops(isa: plan.isa, format: plan.precision.kernelFormat(on: plan.isa)))
    switch format {
    case .json: try Terminal.result(result.json.text(pretty: true))
    case .text: try Terminal.result(result.text)
    }
  }
}

/// The result of a benchmark.
private struct BenchmarkResult {
  let model: String
  let precision: String
  let threads: Int
  let session: Session
  /// The milliseconds of the runs, ascending.
  let times: [Double]
  let loadMilliseconds: Double
  let peak: Double

  private var median: Double { times.quantile(0.5) }
  private var flopsPerSecond: Double { 2 * Double(session.plan.multiplyAdds) / (median / 1000) }

  var json: JSON {
    [
      "model": .string(model), "precision": .string(precision), "threads": JSON(threads),
      "isa": .string(session.plan.isa.rawValue), "input_shape": JSON(session.plan.inputShapes[0]),
      "input_shapes": .array(session.plan.inputShapes.map { JSON($0) }),
      "iterations": JSON(times.count),
      "latency_ms": [
        "min": .rounded(times[0], 4), "median": .rounded(median, 4), "p90": .rounded(times.quantile(0.9), 4),
      ],
      "gmacs": .rounded(Double(session.plan.multiplyAdds) / 1e9, 4),
      "gflops_per_second": .rounded(flopsPerSecond / 1e9, 1),
      "peak_fraction": .rounded(flopsPerSecond / (peak * Double(threads))), "arena_bytes": JSON(session.arenaBytes),
      "weight_bytes": JSON(session.plan.constantBytes), "load_ms": .rounded(loadMilliseconds, 2),
    ]
  }

  var text: String {
    var table = TextTable()
    table.add(["model", "\(model), \(precision), \(session.plan.isa), \(threads.of("thread"))"])
    table.add(["input", session.plan.inputShapes.shapeText])
    let spread = "median of \(times.count); fastest \(times[0].fixed(2)), p90 \(times.quantile(0.9).fixed(2))"
    table.add(["latency", "\(median.fixed(2)) ms (\(spread))"])
    let share = (flopsPerSecond / peak / Double(threads) * 100).fixed(0)
    table.add(["speed", "\((flopsPerSecond / 1e9).fixed(0)) GFLOP/s, \(share) % of this processor's peak"])
    table.add([
      "memory", "\(session.arenaBytes.byteText) of activations, \(session.plan.constantBytes.byteText) of weights",
    ])
    table.add(["load", "\(loadMilliseconds.fixed(1)) ms to load and prepare"])
    return table.text
  }
}
