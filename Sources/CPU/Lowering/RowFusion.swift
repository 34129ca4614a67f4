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

  func tileCount(workers: Int) -> Int? { outputRows.height.dividedRoundingUp(by: rowBlock) }
  func run(_ memory: WorkerMemory) { runByRows(memory) }

  /// Computes the tiles' share of the rows, each at its place.
  func runByRows(_ memory: WorkerMemory) {
    let rows = memory.share(of: outputRows.height, blocks: rowBlock)
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
  /// The sums of its results over parts of the rows; nil if they are not needed.
  var sums: PartialSums? { get }
  /// Computes one row of an image.
  ///
  /// - Parameter rows: The number of rows in the ring, and their distance in the kernel's unit.
  func consume(row: Int, of image: Int, from ring: UnsafeRawPointer, rows: ImageRows, _ memory: WorkerMemory)
  /// The unit in which the kernel counts a ring's stride, in bytes.
  var strideUnit: Int { get }
}

extension RowConsumer {
  /// The number of tiles of rows: whole parts of the sums.
  var rowTiles: Int { sums?.partCount ?? outputRows.height }

  /// The locations of the result and its sums.
  var results: [Location] { [output] + [sums?.place].compactMap { $0 } }

  /// Returns the tiles' share of the rows.
  func rows(_ memory: WorkerMemory) -> Range<Int> {
    let (parts, height, count) = (memory.share(of: rowTiles), outputRows.height, max(rowTiles, 1))
    return height * parts.lowerBound / count..<height * parts.upperBound / count
  }
}

/// A producer and the depthwise convolution of its result, fused row by row.
///
/// The producer's rows go into a ring of as many as the window covers, in the worker's own memory, so that they never
/// leave its caches: for the early layers, whose values are megabytes, memory traffic would take most of the time. A
/// worker computes the rows around its tiles itself, unless they are still in its ring.
struct FusedRowsStep: Step {
  let producer: any RowProducer
  let consumer: any RowConsumer

  var kernelName: String { "\(producer.kernelName)+\(consumer.kernelName)" }
  var scratchBytes: Int { ringBytes + producer.scratchBytes }

  private var ringBytes: Int { ringRows * producer.outputRows.rowBytes }
  private var ringRows: Int { consumer.window.span(1) }

  func tileCount(workers: Int) -> Int? { consumer.rowTiles }

  func run(_ memory: WorkerMemory) {
    let (output, input, window) = (consumer.outputRows, producer.outputRows, consumer.window)
    let rows = consumer.rows(memory)
    let (ring, scratch) = (memory.own, memory.moved(by: ringBytes))
    let place = ImageRows(count: ringRows, stride: input.rowBytes / consumer.strideUnit)
    // The end of the input's rows that a row of the output needs.
    func end(_ row: Int) -> Int {
      min(input.height, row * window.stride[1] - window.paddingBefore[1] + window.span(1))
    }
    for n in 0..<output.images {
      // The ring holds rows of one image.
      var made = memory.isContinued && output.images == 1 ? max(0, end(rows.lowerBound - 1)) : 0
      for h in rows {
        let first = max(0, h * window.stride[1] - window.paddingBefore[1])
        let end = end(h)
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
    else { return append(step, reads: [step.packed, step.input], writes: step.results) }
    replaceLast(with: FusedRowsStep(producer: producer, consumer: step), writes: step.results)
  }

  /// Smaller values stay in the second-level cache anyway; shorter rows cost the matrix product more than the cache
  /// gains, and the rows of long clips do not stay in it.
  private static func fusingPays(_ rows: RowShape, ringRows: Int) -> Bool {
    rows.byteCount >= 512 << 10 && rows.rowPixels >= 64 && ringRows * rows.rowBytes <= 2 << 20
  }
}
