import IR

/// A kernel that computes rows of a depthwise convolution's result.
protocol DepthwiseRows: Sendable {
  /// The type of the sums of its results, channel by channel.
  associatedtype Sum: Sendable
  var name: String { get }
  /// The number of elements in a pixel.
  var pixelCount: Int { get }
  /// The number of vectors in a pixel.
  var vectorCount: Int { get }
  func run(
    packed: UnsafeRawPointer, input: UnsafeRawPointer, inputRows: ImageRows?, output: UnsafeMutableRawPointer,
    outputRows: ImageRows?, pool: UnsafeMutablePointer<Sum>?, rows: Range<Int>, vectors: Range<Int>?)
}

extension DepthwiseKernel: DepthwiseRows {}
extension QuantizedDepthwiseKernel: DepthwiseRows { var pixelCount: Int { pixel } }

/// A depthwise convolution, by rows of the output, or by channels where there are too few rows to share.
struct DepthwiseStep<Kernel: DepthwiseRows, Layout: RowLayout & Sendable>: RowConsumer {
  let kernel: Kernel
  let packed: Location
  let window: Window
  let input: Location
  let inputLayout: Layout
  let output: Location
  let outputLayout: Layout
  /// The unit in which the kernel counts a ring's stride, in bytes.
  let strideUnit: Int
  /// The sums of its results, for ``MeanStep`` or ``QuantizedMeanStep``; nil if they are not needed.
  let sums: PartialSums?

  var kernelName: String { kernel.name }
  var outputRows: RowShape { outputLayout.rows }

  func tileCount(workers: Int) -> Int? { isByRows(workers: workers) ? rowTiles : kernel.vectorCount }

  /// Whether workers share the rows, and not the vectors of channels.
  private func isByRows(workers: Int) -> Bool {
    unevenness(outputLayout.height, workers) <= unevenness(kernel.vectorCount, workers) + 0.1
  }

  func run(_ memory: WorkerMemory) {
    let isByRows = isByRows(workers: memory.workers)
    let rows = isByRows ? rows(memory) : 0..<outputLayout.height
    let vectors = isByRows ? 0..<kernel.vectorCount : memory.share(of: kernel.vectorCount)
    for n in 0..<outputLayout.images {
      guard let sums else {
        run(image: n, rows, vectors, pool: nil, memory)
        continue
      }
      for part in sums.parts(of: rows) {
        let pool = sums.part(part, of: n, memory, as: Kernel.Sum.self)
        let width = kernel.pixelCount / kernel.vectorCount
        sums.clear(pool, vectors.lowerBound * width..<vectors.upperBound * width)
        run(image: n, sums.units(of: part), vectors, pool: pool, memory)
      }
    }
  }

  private func run(
    image: Int, _ rows: Range<Int>, _ vectors: Range<Int>, pool: UnsafeMutablePointer<Kernel.Sum>?,
    _ memory: WorkerMemory
  ) {
    kernel.run(
      packed: memory.read(packed), input: memory.read(input) + image * inputLayout.imageBytes, inputRows: nil,
      output: memory.write(output) + image * outputLayout.imageBytes, outputRows: nil, pool: pool, rows: rows,
      vectors: vectors)
  }

  func consume(row: Int, of image: Int, from ring: UnsafeRawPointer, rows: ImageRows, _ memory: WorkerMemory) {
    let pool = sums.map { sums in
      let part = sums.part(of: row)
      let pool = sums.part(part, of: image, memory, as: Kernel.Sum.self)
      if row == sums.units(of: part).lowerBound { sums.clear(pool, 0..<kernel.pixelCount) }
      return pool
    }
    kernel.run(
      packed: memory.read(packed), input: ring, inputRows: rows,
      output: memory.write(output) + image * outputLayout.imageBytes, outputRows: nil, pool: pool,
      rows: row..<row + 1, vectors: nil)
  }
}

extension DepthwiseStep: PixelProducer where Layout == ChannelsLast {
  var pixelCount: Int? { sums == nil ? outputLayout.images * outputLayout.pixels : nil }

  func run(_ memory: WorkerMemory, done: (Range<Int>) -> Void) {
    outputLayout.forEachPiece(memory) { n, rows in
      kernel.run(
        packed: memory.read(packed), input: memory.read(input) + n * inputLayout.imageBytes, inputRows: nil,
        output: memory.write(output) + n * outputLayout.imageBytes, outputRows: nil, pool: nil, rows: rows, vectors: nil
      )
      done(outputLayout.pixels(of: rows, in: n))
    }
  }
}

extension ChannelsLast {
  /// Returns the rows of an image as pixels of all images.
  package func pixels(of rows: Range<Int>, in image: Int) -> Range<Int> {
    let first = image * pixels
    return first + rows.lowerBound * rowPixels..<first + rows.upperBound * rowPixels
  }

  /// Calls `body` with a few rows of an image at a time, until the tiles' share of all images is done.
  package func forEachPiece(_ memory: WorkerMemory, _ body: (Int, Range<Int>) -> Void) {
    let share = memory.share(of: height)
    let count = max(1, 160 / max(rowPixels, 1))
    for n in 0..<images {
      for first in stride(from: share.lowerBound, to: share.upperBound, by: count) {
        body(n, first..<min(first + count, share.upperBound))
      }
    }
  }
}
