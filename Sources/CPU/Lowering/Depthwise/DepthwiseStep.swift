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
  /// Whether each worker sums its outputs in its own memory, for ``MeanStep`` or ``QuantizedMeanStep``.
  let sums: Bool

  var kernelName: String { kernel.name }
  var sumsBytes: Int { sums ? outputLayout.images * kernel.pixelCount * MemoryLayout<Kernel.Sum>.size : 0 }
  var outputRows: RowShape { outputLayout.rows }

  func run(_ memory: WorkerMemory) {
    let work = depthwiseShare(of: outputLayout.height, vectors: kernel.vectorCount, memory)
    clearSums(memory)
    for n in 0..<outputLayout.images {
      kernel.run(
        packed: memory.read(packed), input: memory.read(input) + n * inputLayout.imageBytes, inputRows: nil,
        output: memory.write(output) + n * outputLayout.imageBytes, outputRows: nil, pool: pool(n, memory),
        rows: work.rows, vectors: work.vectors)
    }
  }

  func consume(row: Int, of image: Int, from ring: UnsafeRawPointer, rows: ImageRows, _ memory: WorkerMemory) {
    kernel.run(
      packed: memory.read(packed), input: ring, inputRows: rows,
      output: memory.write(output) + image * outputLayout.imageBytes, outputRows: nil, pool: pool(image, memory),
      rows: row..<row + 1, vectors: nil)
  }

  private func pool(_ image: Int, _ memory: WorkerMemory) -> UnsafeMutablePointer<Kernel.Sum>? {
    sums ? memory.own.assumingMemoryBound(to: Kernel.Sum.self) + image * kernel.pixelCount : nil
  }
}

extension DepthwiseStep: PixelProducer where Layout == ChannelsLast {
  var pixelCount: Int? { sums ? nil : outputLayout.images * outputLayout.pixels }

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

  /// Calls `body` with a few rows of an image at a time, until a worker's share of all images is done.
  package func forEachPiece(_ memory: WorkerMemory, _ body: (Int, Range<Int>) -> Void) {
    let share = share(of: height, worker: memory.worker, of: memory.workers)
    let count = max(1, 160 / max(rowPixels, 1))
    for n in 0..<images {
      for first in stride(from: share.lowerBound, to: share.upperBound, by: count) {
        body(n, first..<min(first + count, share.upperBound))
      }
    }
  }
}
