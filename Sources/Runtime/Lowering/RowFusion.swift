import Graph
import Kernels

/// A step whose result can be made row by row, for the step that takes these rows while they are in the nearest caches.
protocol RowProducer: Step {
  /// Where the result would go.
  var output: Location { get }
  /// How the result would lie there.
  var outputLayout: ChannelsLast { get }
  /// Makes a range of the rows of one image, the first of them at `target`.
  func produce(rows: Range<Int>, of image: Int, at target: UnsafeMutableRawPointer, _ memory: WorkerMemory)
}

extension RowProducer {
  /// Makes this worker's share of the rows, each in its place.
  func runByRows(_ memory: WorkerMemory) {
    let rows = share(of: outputLayout.height, worker: memory.worker, of: memory.workers)
    for n in 0..<outputLayout.images {
      let first = n * outputLayout.imageBytes + rows.lowerBound * outputLayout.rowBytes
      produce(rows: rows, of: n, at: memory.write(output) + first, memory)
    }
  }
}

/// A producer and the depthwise convolution of its result, row by row.
///
/// The producer's rows go into a ring of as many as the window covers, in the worker's own memory, so that they never leave
/// its caches: for the early layers, whose values are megabytes, that is most of the time. A worker makes the rows around
/// its share itself.
struct FusedRowsStep: Step {
  let producer: any RowProducer
  let depthwise: DepthwiseStep
  let window: Window

  var kernelName: String { "\(producer.kernelName)+\(depthwise.kernelName)" }
  var scratchBytes: Int { sumsBytes + ringBytes + producer.scratchBytes }

  /// The sums come first: the step that makes means of them finds them there.
  private var sumsBytes: Int { depthwise.scratchBytes }
  private var ringBytes: Int { ringRows * producer.outputLayout.rowBytes }
  private var ringRows: Int { window.span(1) }

  func run(_ memory: WorkerMemory) {
    let output = depthwise.outputLayout
    let rows = share(of: output.height, worker: memory.worker, of: memory.workers)
    let ring = memory.own + sumsBytes
    let rowBytes = producer.outputLayout.rowBytes
    let scratch = memory.moved(by: sumsBytes + ringBytes)
    if depthwise.sums { memory.own.initializeMemory(as: UInt8.self, repeating: 0, count: sumsBytes) }
    for n in 0..<output.images {
      var made = 0
      for h in rows {
        let first = max(0, h * window.stride[1] - window.paddingBefore[1])
        let end = min(
          producer.outputLayout.height, h * window.stride[1] - window.paddingBefore[1] + window.span(1))
        for row in max(made, first)..<max(made, first, end) {
          producer.produce(rows: row..<row + 1, of: n, at: ring + row % ringRows * rowBytes, scratch)
        }
        made = max(made, end)
        depthwise.kernel.run(
          packed: memory.read(depthwise.packed), input: ring,
          inputRows: ImageRows(count: ringRows, stride: producer.outputLayout.rowStride),
          output: memory.write(depthwise.output) + n * output.imageBytes,
          pool: depthwise.sums ? memory.ownFloats + n * depthwise.kernel.pixelCount : nil, rows: h..<h + 1)
      }
    }
  }
}

extension PlanBuilder {
  /// Adds a depthwise convolution: together with the step that makes its input, if that is the latest step, nothing else
  /// needs its result, and the result is too large to stay in a near cache.
  func appendFusing(_ step: DepthwiseStep, window: Window, input: Graph.ValueID) {
    let window = window.threeDimensional
    guard let producer = steps.last as? any RowProducer, producer.output == step.input, useCount(of: input) == 1,
      choice.fusesRows ?? Self.fusingPays(producer.outputLayout)
    else { return append(step, reads: [step.input], writes: [step.output]) }
    replaceLast(with: FusedRowsStep(producer: producer, depthwise: step, window: window), writes: [step.output])
  }

  /// Smaller values stay in the second-level cache by themselves; shorter rows cost the matrix product more than the cache
  /// gains.
  private static func fusingPays(_ layout: ChannelsLast) -> Bool {
    layout.byteCount >= 512 << 10 && layout.frames * layout.width >= 64
  }
}
