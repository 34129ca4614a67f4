import IR

/// A step whose result can be computed row by row, for the step that takes these rows while they are in the nearest
/// caches.
protocol RowProducer: Step {
  /// The location of the result.
  var output: Location { get }
  /// The layout of its rows.
  var outputRows: RowShape { get }
  /// The number of rows that are computed together; fewer take as long.
  var rowBlock: Int { get }
  /// Whether it computes nothing, so that it is never worth its own pass over memory.
  var onlyMoves: Bool { get }
  /// Computes a range of the rows of one image, the first of them at `target`.
  func produce(rows: Range<Int>, of image: Int, at target: UnsafeMutableRawPointer, _ memory: WorkerMemory)
}

extension RowProducer {
  var rowBlock: Int { 1 }
  var onlyMoves: Bool { false }

  func run(_ memory: WorkerMemory) { runByRows(memory) }

  /// Computes this worker's share of the rows, each at its place.
  func runByRows(_ memory: WorkerMemory) {
    let rows = share(of: outputRows.height, blocks: rowBlock, worker: memory.worker, of: memory.workers)
    for n in 0..<outputRows.images {
      let first = n * outputRows.imageBytes + rows.lowerBound * outputRows.rowBytes
      produce(rows: rows, of: n, at: memory.write(output) + first, memory)
    }
  }
}

/// A depthwise convolution, which can take its input's rows from a ring of as many as its window covers.
protocol RowConsumer: Step {
  /// The window over `[T, H, W]`.
  var window: Window { get }
  var packed: Location { get }
  var input: Location { get }
  var output: Location { get }
  var outputRows: RowShape { get }
  /// The size in bytes of the worker's own memory for the sums of its results; 0 if they are not needed.
  var sumsBytes: Int { get }
  /// Computes one row of an image.
  ///
  /// - Parameter rows: The number of rows in the ring, and their distance in the kernel's unit.
  func consume(row: Int, of image: Int, from ring: UnsafeRawPointer, rows: ImageRows, _ memory: WorkerMemory)
  /// The unit in which the kernel counts a ring's stride, in bytes.
  var strideUnit: Int { get }
}

extension RowConsumer {
  var scratchBytes: Int { sumsBytes }

  /// Sets the sums in this worker's own memory to zero.
  func clearSums(_ memory: WorkerMemory) {
    if sumsBytes > 0 { memory.own.initializeMemory(as: UInt8.self, repeating: 0, count: sumsBytes) }
  }

  /// Returns a worker's share: of the rows, or of the vectors of channels if there are too few rows.
  func depthwiseShare(of height: Int, vectors: Int, _ memory: WorkerMemory) -> (rows: Range<Int>, vectors: Range<Int>) {
    let byRows = unevenness(height, memory.workers) <= unevenness(vectors, memory.workers) + 0.1
    return (
      byRows ? share(of: height, worker: memory.worker, of: memory.workers) : 0..<height,
      byRows ? 0..<vectors : share(of: vectors, worker: memory.worker, of: memory.workers)
    )
  }
}

/// A producer and the depthwise convolution of its result, fused row by row.
///
/// The producer's rows go into a ring of as many as the window covers, in the worker's own memory, so that they never
/// leave its caches: for the early layers, whose values are megabytes, memory traffic would take most of the time. A
/// worker computes the rows around its share itself.
struct FusedRowsStep: Step {
  let producer: any RowProducer
  let consumer: any RowConsumer

  var kernelName: String { "\(producer.kernelName)+\(consumer.kernelName)" }
  var scratchBytes: Int { consumer.sumsBytes + ringBytes + producer.scratchBytes }

  private var ringBytes: Int { ringRows * producer.outputRows.rowBytes }
  private var ringRows: Int { consumer.window.span(1) }

  func run(_ memory: WorkerMemory) {
    let (output, input, window) = (consumer.outputRows, producer.outputRows, consumer.window)
    let rows = share(of: output.height, worker: memory.worker, of: memory.workers)
    // The sums come first, where the step that computes means from them finds them.
    let ring = memory.own + consumer.sumsBytes
    let scratch = memory.moved(by: consumer.sumsBytes + ringBytes)
    let place = ImageRows(count: ringRows, stride: input.rowBytes / consumer.strideUnit)
    consumer.clearSums(memory)
    for n in 0..<output.images {
      var made = 0
      for h in rows {
        let first = max(0, h * window.stride[1] - window.paddingBefore[1])
        let end = min(input.height, h * window.stride[1] - window.paddingBefore[1] + window.span(1))
        for row in max(made, first)..<max(made, first, end) {
          producer.produce(rows: row..<row + 1, of: n, at: ring + row % ringRows * input.rowBytes, scratch)
        }
        made = max(made, end)
        consumer.consume(row: h, of: n, from: UnsafeRawPointer(ring), rows: place, memory)
      }
    }
  }
}

extension PlanBuilder {
  /// Adds a depthwise convolution: fused with the step that computes its input, if that is the latest step, nothing
  /// else needs its result, and the result is too large to stay in a near cache.
  func appendFusing(_ step: some RowConsumer, input: Graph.ValueID) {
    guard let producer = steps.last as? any RowProducer, producer.rowBlock == 1, producer.output == step.input,
      useCount(of: input) == 1,
      producer.onlyMoves
        || (choice.fusesRows ?? Self.fusingPays(producer.outputRows, ringRows: step.window.span(1)))
    else { return append(step, reads: [step.packed, step.input], writes: [step.output]) }
    replaceLast(with: FusedRowsStep(producer: producer, consumer: step), writes: [step.output])
  }

  /// Smaller values stay in the second-level cache anyway; shorter rows cost the matrix product more than the cache
  /// gains, and the rows of long clips do not stay in it.
  private static func fusingPays(_ rows: RowShape, ringRows: Int) -> Bool {
    rows.byteCount >= 512 << 10 && rows.rowPixels >= 64 && ringRows * rows.rowBytes <= 2 << 20
  }
}
