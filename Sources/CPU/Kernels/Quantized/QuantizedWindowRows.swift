import CKernels
import IR

/// The rows of inputs under the windows of a convolution: where they are in the input, or in a copy with margins.
///
/// A window over one row and frame is one row of inputs, or as many as it has columns where these are not side by side. Rows
/// and frames in the padding are skipped, and a row of zero points where only some of several frames are. Where windows reach over the ends of the input's own rows, inputs
/// are planes, or products take int16, rows are copied, once for a block of output rows and frames; channels lie side by
/// side in the copy.
struct QuantizedWindowRows: Sendable {
  /// The size in bytes of the inputs of a block, which stay in a second-level cache with a panel of weights.
  private static let blockBytes = 256 << 10

  let window: Window
  let outputSize: [Int]
  /// The number of inputs from one column to the next.
  let pixel: Int
  /// The number of inputs of a row that are multiplied.
  let depth: Int

  private let isa: ISA
  private let inputSize: [Int]
  private let channels: Int
  private let input: QuantizationParameters
  private let readsPlanes: Bool
  private let isCopied: Bool
  /// The number of rows for each row and frame of the window.
  private let columns: Int
  private let inputBytes: Int
  /// The number of columns that the windows of an output row reach over, and the size of such a row in bytes.
  private let rowLength: Int
  private let rowBytes: Int

  /// Prepares the rows for a window over `[T, H, W]`; `splitsColumns` for products that take some of the channels only.
  init(
    isa: ISA, channels: Int, window: Window, inputSize: [Int], input: QuantizationParameters, readsPlanes: Bool,
    splitsColumns: Bool
  ) {
    let outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
    let padded = ISA.quantizedPixel(channels)
    rowLength = max(0, outputSize[2] - 1) * window.stride[2] + window.span(2)
    inputBytes = Int(isa.int8.gemm_input_bytes)
    isCopied = readsPlanes || inputBytes > 1 || window.paddingBefore[2] > 0 || rowLength > inputSize[2]
    pixel = isCopied ? channels : padded
    let areSplit = splitsColumns || window.dilation[2] > 1 || pixel > channels
    columns = areSplit ? window.kernel[2] : 1
    depth = areSplit ? channels : window.kernel[2] * pixel
    // The last step of a sum, and the last block of a copy, may reach past the row's end.
    rowBytes = (rowLength * pixel * inputBytes + 16 * inputBytes + 63) / 64 * 64
    self.isa = isa
    self.window = window
    self.inputSize = inputSize
    self.outputSize = outputSize
    self.channels = channels
    self.input = input
    self.readsPlanes = readsPlanes
  }

  /// The number of rows that a sum runs over.
  var count: Int { window.kernel[0] * window.kernel[1] * columns }

  /// The number of inputs from one output column to the next.
  var columnStride: Int { window.stride[2] * pixel }

  /// Returns the tap of the window that multiplies an input of a row, and the input's channel; nil if none does.
  func tap(row: Int, input: Int) -> (tap: Int, channel: Int)? {
    guard columns == 1, window.kernel[2] > 1 else { return (row, input) }
    let (column, channel) = input.quotientAndRemainder(dividingBy: pixel)
    return column < window.kernel[2] ? (row * window.kernel[2] + column, channel) : nil
  }

  // MARK: - Blocks

  /// Returns the number of output rows and frames in a block: all frames if possible.
  func block(framesAtOnce: Int) -> (rows: Int, frames: Int) {
    let most = Self.blockBytes / rowBytes
    let frames = span(outputSize[0], axis: 0)
    if span(1, axis: 1) * frames <= most {
      return (outputs(within: most / frames, axis: 1), outputSize[0])
    }
    let fitting = outputs(within: most / span(1, axis: 1), axis: 0)
    return (1, max(fitting / framesAtOnce, 1) * framesAtOnce)
  }

  /// Returns the number of inputs that some outputs' windows reach over on an axis, at most all.
  private func span(_ outputs: Int, axis: Int) -> Int {
    max(1, min(max(outputs - 1, 0) * window.stride[axis] + window.span(axis), inputSize[axis]))
  }

  /// Returns the number of outputs whose windows reach over so many inputs, at least one.
  private func outputs(within inputs: Int, axis: Int) -> Int {
    inputs >= span(outputSize[axis], axis: axis)
      ? max(outputSize[axis], 1) : max(0, inputs - window.span(axis)) / window.stride[axis] + 1
  }

  /// Returns the size in bytes of the memory for a block: copied rows, a row of zero points, a row of bytes, and the starts.
  func scratchBytes(framesAtOnce: Int) -> Int {
    startsOffset(framesAtOnce) + MemoryLayout<UnsafeRawPointer>.size * startCount(framesAtOnce)
  }

  private func startCount(_ framesAtOnce: Int) -> Int {
    let block = block(framesAtOnce: framesAtOnce)
    return count * block.rows * ((block.frames + framesAtOnce - 1) / framesAtOnce * framesAtOnce)
  }

  private func startsOffset(_ framesAtOnce: Int) -> Int { bytesOffset(framesAtOnce) + (readsPlanes ? rowBytes : 0) }
  private func bytesOffset(_ framesAtOnce: Int) -> Int { copiedBytes(framesAtOnce) + rowBytes }

  private func copiedBytes(_ framesAtOnce: Int) -> Int {
    let block = block(framesAtOnce: framesAtOnce)
    return isCopied ? span(block.rows, axis: 1) * span(block.frames, axis: 0) * rowBytes : 0
  }

  // MARK: - Preparation

  /// Returns the inputs under a range of outputs on an axis.
  private func inputs(under outputs: Range<Int>, axis: Int) -> Range<Int> {
    let first = outputs.lowerBound * window.stride[axis] - window.paddingBefore[axis]
    let end = (outputs.upperBound - 1) * window.stride[axis] - window.paddingBefore[axis] + window.span(axis)
    return (first..<end).clamped(to: 0..<inputSize[axis])
  }

  /// Prepares a block of output rows and frames.
  ///
  /// - Parameters:
  ///   - input: The whole input.
  ///   - rows: The output rows.
  ///   - frames: The output frames.
  ///   - framesAtOnce: The number of frames that a product computes side by side.
  ///   - scratch: ``scratchBytes(framesAtOnce:)`` bytes.
  /// - Returns: For each output row and group of frames, the start of each of the ``count`` rows: one, or with several
  ///   frames, `framesAtOnce`; nil for rows that are in the padding for all of them.
  func prepare(
    _ input: UnsafeRawPointer, rows: Range<Int>, frames: Range<Int>, framesAtOnce: Int, scratch: UnsafeMutableRawPointer
  ) -> UnsafePointer<UnsafeRawPointer?> {
    let (inputRows, inputFrames) = (inputs(under: rows, axis: 1), inputs(under: frames, axis: 0))
    if isCopied {
      let line = scratch + bytesOffset(framesAtOnce)
      for row in inputRows {
        for frame in inputFrames {
          let place = (row - inputRows.lowerBound) * inputFrames.count + frame - inputFrames.lowerBound
          copy(input, row: row, frame: frame, to: scratch + place * rowBytes, line: line)
        }
      }
    }
    let zeros = scratch + copiedBytes(framesAtOnce)
    fill(zeros, count: rowBytes / inputBytes)
    let start = { (row: Int, frame: Int) -> UnsafeRawPointer? in
      guard inputRows.contains(row), inputFrames.contains(frame) else { return nil }
      guard isCopied else { return input + (row * inputSize[0] + frame) * inputSize[2] * pixel }
      let place = (row - inputRows.lowerBound) * inputFrames.count + frame - inputFrames.lowerBound
      return UnsafeRawPointer(scratch + place * rowBytes)
    }
    let starts = (scratch + startsOffset(framesAtOnce)).bindMemory(
      to: UnsafeRawPointer?.self, capacity: startCount(framesAtOnce))
    var next = starts
    for h in rows {
      for t in stride(from: frames.lowerBound, to: frames.upperBound, by: framesAtOnce) {
        let present = min(framesAtOnce, frames.upperBound - t)
        for tapT in 0..<window.kernel[0] {
          for tapH in 0..<window.kernel[1] {
            let row = h * window.stride[1] - window.paddingBefore[1] + tapH * window.dilation[1]
            let places = (0..<(present > 1 ? framesAtOnce : 1)).lazy.map { frame in
              let output = t + min(frame, present - 1)
              return start(row, output * window.stride[0] - window.paddingBefore[0] + tapT * window.dilation[0])
            }
            let isSkipped = places.allSatisfy { $0 == nil }
            for column in 0..<columns {
              for place in places {
                let first = (place ?? UnsafeRawPointer(zeros)) + column * window.dilation[2] * pixel * inputBytes
                next.initialize(to: isSkipped ? nil : first)
                next += 1
              }
            }
          }
        }
      }
    }
    return UnsafePointer(starts)
  }

  /// Copies one row of one frame, with the zero point where windows reach over its ends.
  private func copy(
    _ input: UnsafeRawPointer, row: Int, frame: Int, to target: UnsafeMutableRawPointer, line: UnsafeMutableRawPointer
  ) {
    let left = min(window.paddingBefore[2], rowLength)
    let real = min(inputSize[2], rowLength - left)
    let first = target + left * pixel * inputBytes
    fill(target, count: left * pixel)
    if readsPlanes {
      let plane = inputSize[0] * inputSize[1] * inputSize[2]
      let bytes = (inputBytes == 1 ? first : line).assumingMemoryBound(to: UInt8.self)
      var task = va_qu8_quantization(
        x: input.assumingMemoryBound(to: Float.self) + (frame * inputSize[1] + row) * inputSize[2], plane: plane,
        channels: channels, count: real, y: bytes, pixel: pixel,
        result: QuantizedResult(supported: nil, self.input).task)
      isa.int8.quantize(&task)
      if inputBytes > 1 { isa.int8.copy_inputs(bytes, 0, first, real * pixel, 1) }
    } else {
      let stride = ISA.quantizedPixel(channels)
      let pixels = input.assumingMemoryBound(to: UInt8.self) + (row * inputSize[0] + frame) * inputSize[2] * stride
      isa.int8.copy_inputs(pixels, stride, first, channels, real)
    }
    fill(first + real * pixel * inputBytes, count: (rowLength - left - real) * pixel)
  }

  /// Fills memory with inputs that stand for 0.
  private func fill(_ target: UnsafeMutableRawPointer, count: Int) {
    if inputBytes == 1 {
      target.initializeMemory(as: UInt8.self, repeating: input.storedZero, count: count)
    } else {
      target.initializeMemory(as: Int16.self, repeating: Int16(input.storedZero), count: count)
    }
  }
}
