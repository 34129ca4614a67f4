import IR

/// A kernel that computes rows of a convolution's result.
protocol ConvolutionRows: Sendable {
  var name: String { get }
  var scratchBytes: Int { get }
  /// The number of rows that are computed together.
  var rowBlock: Int { get }
  func run(
    packed: UnsafeRawPointer, input: UnsafeRawPointer, residual: UnsafeRawPointer?, output: UnsafeMutableRawPointer,
    rows: Range<Int>, scratch: UnsafeMutableRawPointer)
}

extension ConvolutionRows {
  var rowBlock: Int { 1 }
}

extension ConvolutionKernel: ConvolutionRows {}

extension WinogradKernel: ConvolutionRows {}

/// A dense or grouped convolution, by rows of the output.
struct ConvolutionStep<Kernel: ConvolutionRows, Layout: RowLayout & Sendable>: RowProducer {
  let kernel: Kernel
  let packed: Location
  let input: Location
  let inputLayout: Layout
  let output: Location
  let outputLayout: Layout
  let residual: Location?

  var kernelName: String { kernel.name }
  var scratchBytes: Int { kernel.scratchBytes }
  var outputRows: RowShape { outputLayout.rows }
  var rowBlock: Int { kernel.rowBlock }

  func produce(rows: Range<Int>, of image: Int, at target: UnsafeMutableRawPointer, _ memory: WorkerMemory) {
    let first = image * outputLayout.imageBytes + rows.lowerBound * outputLayout.rowBytes
    kernel.run(
      packed: memory.read(packed), input: memory.read(input) + image * inputLayout.imageBytes,
      residual: residual.map { memory.read($0) + first }, output: target, rows: rows, scratch: memory.own)
  }
}

/// A kernel that computes rows of a first convolution's result from a clip's planes.
protocol StemRows: Sendable {
  var name: String { get }
  var scratchBytes: Int { get }
  func run(
    packed: UnsafeRawPointer, clip: UnsafePointer<Float>, output: UnsafeMutableRawPointer, rows: Range<Int>,
    scratch: UnsafeMutableRawPointer)
}

extension StemKernel: StemRows {}

/// A network's first convolution, which reads the clip's planes.
struct StemStep<Kernel: StemRows>: RowProducer {
  let kernel: Kernel
  let packed: Location
  let clip: Location
  let clipStride: Int
  let output: Location
  let outputRows: RowShape

  var kernelName: String { kernel.name }
  var scratchBytes: Int { kernel.scratchBytes }

  func produce(rows: Range<Int>, of image: Int, at target: UnsafeMutableRawPointer, _ memory: WorkerMemory) {
    kernel.run(
      packed: memory.read(packed), clip: memory.floats(clip) + image * clipStride, output: target, rows: rows,
      scratch: memory.own)
  }
}
