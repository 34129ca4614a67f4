import CKernels
import IR

/// The first convolution of a network, prepared for one layer and input size: reads the API's float32 clip, plane by
/// plane.
///
/// The window covers one frame (1×kH×kW) of 1...4 channels without dilation. The rows under it are quantized once, four
/// bytes to a pixel and with margins of the zero point, and are read from there by the matrix product. The input is
/// `[C, T, H, W]`, the output `[H, T, W, pixel]` or frame-interleaved for ``QuantizedDepthwiseKernel``.
public struct QuantizedStemKernel: Sendable {
  /// The size of an input pixel in bytes.
  private static let pixel = 4

  private let product: QuantizedProduct
  private let window: Window
  private let inputSize: [Int]
  private let inputs: Int
  private let input: QuantizationParameters
  private let result: QuantizedResult
  private let toInterleaved: Bool
  /// The output's size, `[T, H, W]`.
  public let outputSize: [Int]

  /// Prepares the kernel for a layer, or returns nil if the window is not of this kind.
  ///
  /// - Parameters:
  ///   - isa: The instruction set to compute with.
  ///   - inputs: The number of input channels, 1...4.
  ///   - outputs: The number of output channels.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  ///   - input: The quantization that the clip is converted to.
  ///   - output: The quantization of the output.
  ///   - activation: The function that is applied to the sums; nil for none.
  ///   - toInterleaved: Whether the output is frame-interleaved, for ``QuantizedDepthwiseKernel``.
  public init?(
    isa: ISA, inputs: Int, outputs: Int, window: Window, inputSize: [Int], input: QuantizationParameters,
    output: QuantizationParameters,
    activation: ActivationFunction? = nil, toInterleaved: Bool
  ) {
    let window = window.threeDimensional
    guard window.kernel[0] == 1, window.stride[0] == 1, window.paddingBefore[0] == 0, window.paddingAfter[0] == 0,
      window.dilation[1] == 1, window.dilation[2] == 1, (1...Self.pixel).contains(inputs),
      let result = QuantizedResult(output, activation: activation)
    else { return nil }
    product = QuantizedProduct(
      isa: isa, rows: window.kernel[1], depth: window.kernel[2] * Self.pixel, outputs: outputs)
    self.window = window
    self.inputSize = inputSize
    self.inputs = inputs
    self.input = input
    self.result = result
    self.toInterleaved = toInterleaved
    outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
  }

  /// The kernel's name in a profile.
  public var name: String { product.isa.quantizedName("stem_n\(product.widest)") }

  /// The size of the packed weights, biases and factors in bytes.
  public var packedBytes: Int { product.packedBytes }

  /// The size in bytes of the scratch memory that each thread needs: the rows under the windows of four frames, and the
  /// same as int16.
  public var scratchBytes: Int { rowsBytes + product.widenedBytes(width: rowsBytes, count: 1) }

  /// The size of the rows in bytes; the last step of the sum may read past the last row.
  private var rowsBytes: Int { ISA.quantizedPixel(4 * frameBytes + product.overread) }
  private var frameBytes: Int { window.kernel[1] * rowLength * Self.pixel }

  /// The number of pixels in an input row with the margins that the windows reach into.
  private var rowLength: Int { max(0, outputSize[2] - 1) * window.stride[2] + window.kernel[2] }

  /// Packs weights `[outputs, inputs, window…]`.
  public func pack(_ weights: QuantizedWeights, into packed: UnsafeMutableRawPointer) {
    let (height, width) = (window.kernel[1], window.kernel[2])
    product.pack(
      weights, channelCount: inputs * height * width, zero: input.storedZero, into: packed,
      factor: { result.factor(input.scale, weightScale: weights.scales[$0]) },
      position: { row, index in
        let (column, channel) = index.quotientAndRemainder(dividingBy: Self.pixel)
        return channel < inputs ? (channel * height + row) * width + column : nil
      })
  }

  /// Computes a range of the output's rows of one clip.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(_:into:)``.
  ///   - clip: `[C, T, H, W]`, float32.
  ///   - output: The memory for the first of the rows.
  ///   - rows: The rows of the output to compute.
  ///   - scratch: ``scratchBytes`` bytes that no other thread uses.
  public func run(
    packed: UnsafeRawPointer, clip: UnsafePointer<Float>, output: UnsafeMutableRawPointer, rows: Range<Int>,
    scratch: UnsafeMutableRawPointer
  ) {
    let pixel = ISA.quantizedPixel(product.outputs)
    let interleavedFrames = product.isa.interleavedFrames
    let groupRowBytes = outputSize[2] * pixel * 4
    let bytes = scratch.assumingMemoryBound(to: UInt8.self)
    var task = va_qu8_gemm_panel(
      x: scratch, x_stride: window.stride[2] * Self.pixel, x_frame: frameBytes, rows: 0,
      row_stride: rowLength * Self.pixel, depth: 0, panel: packed, vectors: 0, channels: 0, residual: nil,
      residual_zero: 0,
      residual_scale: 0, y: output, y_stride: toInterleaved ? interleavedFrames * pixel : pixel, count: outputSize[2],
      frames: 4,
      target: Int32(toInterleaved ? va_qu8_lanes : va_qu8_pixels), result: result.task)
    for h in rows {
      for first in stride(from: 0, to: outputSize[0], by: 4) {
        let frames = min(4, outputSize[0] - first)
        for t in 0..<frames { quantizeRows(of: clip, frame: first + t, row: h, to: bytes + t * frameBytes) }
        let x = product.widened(
          bytes, stride: 0, width: rowsBytes, count: 1, scratch: scratch + rowsBytes
        ).x
        task.x = x
        task.frames = Int32(frames)
        if toInterleaved, interleavedFrames == 4 {
          let groups = (outputSize[0] + 3) / 4
          task.y = output + ((h - rows.lowerBound) * groups + first / 4) * groupRowBytes
          product.run(task, packed: packed, panels: 0..<product.count)
          continue
        }
        for t in 0..<frames {
          let row = (h - rows.lowerBound) * outputSize[0] + first + t
          task.x = x + t * frameBytes * (product.widens ? 2 : 1)
          task.y = output + row * (toInterleaved ? groupRowBytes : outputSize[2] * pixel)
          product.run(task, packed: packed, panels: 0..<product.count)
        }
      }
    }
  }

  /// Quantizes the rows under the windows of one output row, with the zero point where they reach over the frame's edge.
  private func quantizeRows(
    of clip: UnsafePointer<Float>, frame: Int, row: Int, to target: UnsafeMutablePointer<UInt8>
  ) {
    let (height, width) = (inputSize[1], inputSize[2])
    let left = min(window.paddingBefore[2], rowLength)
    let real = min(width, rowLength - left)
    for tap in 0..<window.kernel[1] {
      let line = target + tap * rowLength * Self.pixel
      let h = row * window.stride[1] + tap - window.paddingBefore[1]
      let isInside = h >= 0 && h < height
      let margin = isInside ? left : rowLength
      line.update(repeating: input.storedZero, count: margin * Self.pixel)
      guard isInside else { continue }
      var task = va_qu8_quantization(
        x: clip + (frame * height + h) * width, plane: inputSize[0] * height * width, channels: inputs, count: real,
        y: line + left * Self.pixel, pixel: Self.pixel, result: QuantizedResult(supported: nil, input).task)
      product.isa.int8.quantize(&task)
      (line + (left + real) * Self.pixel)
        .update(repeating: input.storedZero, count: (rowLength - left - real) * Self.pixel)
    }
  }
}
