import CKernels

/// A matrix product of bytes: the layout of its packed weights, and its runs over pixels.
///
/// A panel of a few blocks of 16 output channels is one line of biases, one of factors, then one line of weights for each
/// step of the sum. A pixel's sum runs over `rows` rows of `depth` inputs.
struct QuantizedProduct: Sendable {
  let isa: ISA
  let rows: Int
  /// The number of inputs in a row.
  let depth: Int
  let outputs: Int
  /// The number of panels.
  let count: Int

  private let step: Int
  private let weightBytes: Int
  /// The size of an input in bytes: 1, or 2 where bytes must be widened to int16 first.
  let inputBytes: Int
  /// Whether rows of zero points are skipped, for which the panels hold their sums.
  private let skipsRows: Bool

  /// Creates a product for a number of pixels; one or two pixels get wide panels, which are read once.
  ///
  /// - Parameters:
  ///   - isa: The instruction set to compute with.
  ///   - rows: The number of rows that a pixel's sum runs over.
  ///   - depth: The number of inputs in a row.
  ///   - outputs: The number of output channels.
  ///   - pixels: The number of pixels.
  ///   - narrow: Whether panels are single blocks, for outputs whose inputs differ.
  ///   - skipsRows: Whether rows of zero points can be skipped.
  init(
    isa: ISA, rows: Int = 1, depth: Int, outputs: Int, pixels: Int = .max, narrow: Bool = false, skipsRows: Bool = false
  ) {
    let kernels = isa.int8
    self.isa = isa
    self.rows = rows
    self.depth = depth
    self.outputs = outputs
    self.skipsRows = skipsRows
    step = Int(kernels.gemm_step)
    weightBytes = Int(kernels.gemm_weight_bytes)
    inputBytes = Int(kernels.gemm_input_bytes)
    let blocks = ISA.quantizedPixel(outputs) / 16
    let (tall, wide) = (Int(kernels.gemm_vectors), Int(kernels.gemm_wide_vectors))
    count = pixels <= 2 ? (blocks + wide - 1) / wide : max(1, narrow ? blocks : blocks / tall)
  }

  /// The inputs of a row, rounded up to whole steps.
  private var paddedDepth: Int { (depth + step - 1) / step * step }

  private var blockBytes: Int { 16 * (headBytes + rows * paddedDepth * weightBytes) }

  /// The size in bytes of a channel's parameters without its weights.
  private var headBytes: Int { 8 + (skipsRows ? 4 * rows : 0) }

  /// The size in bytes of what comes before the first panel: whether sums are narrow.
  private static let markBytes = 64

  /// The size of the packed weights, biases and factors in bytes.
  var packedBytes: Int { Self.markBytes + ISA.quantizedPixel(outputs) / 16 * blockBytes }

  /// The number of blocks in the widest panel, for the kernel's name.
  var widest: Int { blocks(panel: 0).count }

  /// The number of bytes past a row's end that may be read.
  var overread: Int { paddedDepth - depth }

  /// Whether inputs must be widened to int16 first.
  var widens: Bool { inputBytes == 2 }

  /// Returns a panel's blocks; blocks are spread evenly over the panels, the wider panels first.
  func blocks(panel: Int) -> Range<Int> { start(panel)..<start(panel + 1) }

  private func start(_ panel: Int) -> Int {
    let (each, extra) = (ISA.quantizedPixel(outputs) / 16).quotientAndRemainder(dividingBy: count)
    return panel * each + min(panel, extra)
  }

  /// Packs weights, biases and factors.
  ///
  /// Inputs are x − zero, so that zero · Σ weights is taken from each bias; sums wrap around. Where no input makes a sum or
  /// a result leave the range of `va_qu8_gemm_panel.is_narrow`, the weights are marked as such.
  ///
  /// - Parameters:
  ///   - weights: Their scales and biases; the values are those that `row` returns.
  ///   - zero: The byte that stands for 0 in the input.
  ///   - packed: Memory for ``packedBytes`` bytes.
  ///   - addend: The largest magnitude of what is added to results, in their units.
  ///   - factor: Returns the factor for an output channel's sums.
  ///   - row: Returns the ``depth`` weights that multiply a row of an output's inputs.
  func pack(
    _ weights: QuantizedWeights, zero: UInt8, into packed: UnsafeMutableRawPointer, addend: Float = 0,
    factor: (_ output: Int) -> Float, row rowWeights: (_ output: Int, _ row: Int) -> UnsafePointer<Int8>
  ) {
    let kernels = isa.int8
    let zero = Int32(zero) - kernels.gemm_offset
    let largestInput = kernels.gemm_offset == 0 ? 255 : 128
    let rowBytes = paddedDepth * weightBytes
    packed.initializeMemory(as: UInt8.self, repeating: 0, count: packedBytes)
    var isNarrow = true
    for panel in 0..<count {
      let blocks = blocks(panel: panel)
      let lanes = blocks.count * 16
      let line = packed + Self.markBytes + blocks.lowerBound * blockBytes
      let numbers = line.assumingMemoryBound(to: Int32.self)
      let places = line + lanes * headBytes
      for output in blocks.lowerBound * 16..<min(blocks.upperBound * 16, outputs) {
        let lane = output - blocks.lowerBound * 16
        var (sum, magnitude) = (Int32(0), Int32(0))
        for row in 0..<rows {
          let before = sum
          kernels.pack_weights(
            rowWeights(output, row), depth, lanes, places + row * rowBytes * lanes + lane * step * weightBytes, &sum,
            &magnitude)
          if skipsRows { numbers[(2 + row) * lanes + lane] = zero &* (sum &- before) }
        }
        let bias = (weights.bias?[output] ?? 0) &- zero &* sum
        let factor = factor(output)
        numbers[lane] = bias
        line.storeBytes(of: factor, toByteOffset: 4 * (lanes + lane), as: Float.self)
        let largest = Int(bias.magnitude) + Int(magnitude) * largestInput
        isNarrow = isNarrow && largest < 1 << 22 && Float(largest) * abs(factor) + addend < 32767
      }
    }
    if isNarrow { markNarrow(packed, start: kernels.sum_start) }
  }

  /// Marks packed weights as narrow, and adds what narrow sums start from to their biases.
  private func markNarrow(_ packed: UnsafeMutableRawPointer, start: Int32) {
    packed.storeBytes(of: true, as: Bool.self)
    for panel in 0..<count {
      let blocks = blocks(panel: panel)
      let biases = packed + Self.markBytes + blocks.lowerBound * blockBytes
      for lane in 0..<blocks.count * 16 { biases.assumingMemoryBound(to: Int32.self)[lane] &+= start }
    }
  }

  /// Returns the size in bytes of the scratch memory for ``widened(_:stride:width:count:scratch:)``.
  func widenedBytes(width: Int, count: Int) -> Int { widens ? 2 * width * count : 0 }

  /// Returns the inputs in the form that the kernel takes, adjacent if they were widened to int16, and the stride from
  /// one to the next.
  func widened(
    _ x: UnsafePointer<UInt8>, stride: Int, width: Int, count: Int, scratch: UnsafeMutableRawPointer?
  ) -> (x: UnsafeRawPointer, stride: Int) {
    guard widens, let scratch else { return (UnsafeRawPointer(x), stride) }
    isa.int8.copy_inputs(x, stride, scratch, width, count)
    return (UnsafeRawPointer(scratch), width)
  }

  /// Multiplies pixels whose sums run over one row with some of the panels.
  ///
  /// - Parameters:
  ///   - task: As below, without starts.
  ///   - x: The first pixel.
  ///   - frameStride: The number of bytes from a pixel to the same pixel of the next frame, if there are several.
  func run(
    _ task: va_qu8_gemm_panel, x: UnsafeRawPointer, frameStride: Int = 0, packed: UnsafeRawPointer,
    panels: Range<Int>
  ) {
    var starts: (UnsafeRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?) = (x, x, x, x)
    if task.frames > 1 { starts.1 = x + frameStride }
    if task.frames > 2 { starts.2 = x + 2 * frameStride }
    if task.frames > 3 { starts.3 = x + 3 * frameStride }
    withUnsafeBytes(of: &starts) { bytes in
      var task = task
      task.starts = bytes.baseAddress?.assumingMemoryBound(to: UnsafeRawPointer?.self)
      run(task, packed: packed, panels: panels)
    }
  }

  /// Multiplies pixels with some of the panels.
  ///
  /// - Parameters:
  ///   - task: Everything except the panel and the depth; output and residual point to the first channel of the first
  ///     pixel.
  ///   - packed: The result of ``pack(_:zero:into:factor:row:)``.
  ///   - panels: The panels to multiply with.
  func run(_ task: va_qu8_gemm_panel, packed: UnsafeRawPointer, panels: Range<Int>) {
    var task = task
    let (y, residual) = (task.y, task.residual)
    let channelBytes = task.target == Int32(va_qu8_pixels) ? 1 : 4
    task.rows = rows
    task.skips_rows = skipsRows
    task.is_narrow = packed.load(as: Bool.self)
    task.depth = paddedDepth
    for panel in panels {
      let blocks = blocks(panel: panel)
      task.panel = packed + Self.markBytes + blocks.lowerBound * blockBytes
      task.vectors = blocks.count
      task.channels = min(outputs - blocks.lowerBound * 16, blocks.count * 16)
      task.y = y + blocks.lowerBound * 16 * channelBytes
      task.residual = residual.map { $0 + blocks.lowerBound * 16 }
      isa.int8.gemm(&task)
    }
  }
}
