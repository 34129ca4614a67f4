import CKernels
import IR

/// A depthwise convolution of bytes, prepared for one layer and input size: each channel has its own window.
///
/// Windows of 1, 3 or 5 frames with stride and dilation 1 and symmetric padding along T, those of 3 frames also with
/// stride 2, and windows of all the input's frames take a *frame-interleaved* input. With dot products of bytes that is `[H, T / 4, W, pixel, 4 frames]`: four frames of a channel side by side in
/// 32 bits, frames past the last being the zero point. Without, it is `[H, T, W, pixel]` of float32, bytes minus their
/// zero point. All other windows take pixels `[H, T, W, pixel]`. The output is pixels: of bytes, or of int16 for
/// squeeze-excite and for ``QuantizedPointwiseKernel/Prologue``.
public struct QuantizedDepthwiseKernel: Sendable {
  /// The element type of the kernel's result.
  public enum Output: Sendable, Hashable {
    /// Bytes.
    case bytes(QuantizedResult)
    /// int16 values in −32767...32767, where 1 stands for the real number `scale`, after an activation.
    case int16(scale: Float, activation: ActivationFunction? = nil)
  }

  /// The largest window that takes frame-interleaved input: sums of so many products are exact in float32.
  private static let mostTaps = 512

  let isa: ISA
  let channels: Int
  let window: Window
  private let inputSize: [Int]
  let input: QuantizationParameters
  private let output: Output
  /// Whether the input is frame-interleaved.
  public let takesInterleaved: Bool
  /// Whether the window is as long as the input: the frames that lie side by side are summed as if they were rows of an
  /// image of one frame.
  let coversAllFrames: Bool
  /// The number of those rows for each row of the input, and the input's size and the window as they count them.
  let rowsOfFrames: Int, countedSize: [Int], countedWindow: Window
  /// The output's size, `[T, H, W]`.
  public let outputSize: [Int]

  /// Prepares the kernel for a layer.
  ///
  /// - Parameters:
  ///   - isa: The instruction set to compute with.
  ///   - channels: The number of channels.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  ///   - input: The quantization of the input.
  ///   - output: The element type and quantization of the output.
  public init(isa: ISA, channels: Int, window: Window, inputSize: [Int], input: QuantizationParameters, output: Output)
  {
    let window = window.threeDimensional
    self.isa = isa
    self.channels = channels
    self.window = window
    self.inputSize = inputSize
    self.input = input
    self.output = output
    takesInterleaved = Self.takesInterleaved(window, frames: inputSize[0])
    coversAllFrames = takesInterleaved && Self.covers(window, frames: inputSize[0])
    outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
    guard coversAllFrames else {
      (rowsOfFrames, countedSize, countedWindow) = (1, inputSize, window)
      return
    }
    let rows = (inputSize[0] + isa.interleavedFrames - 1) / isa.interleavedFrames
    rowsOfFrames = rows
    countedSize = [1, inputSize[1] * rows, inputSize[2]]
    countedWindow = Window(
      kernel: [1, window.kernel[1] * rows, window.kernel[2]], stride: [1, window.stride[1] * rows, window.stride[2]],
      paddingBefore: [0, window.paddingBefore[1] * rows, window.paddingBefore[2]],
      paddingAfter: [0, window.paddingAfter[1] * rows, window.paddingAfter[2]],
      dilation: [1, 1, window.dilation[2]])
  }

  /// Returns whether a layer with this window takes a frame-interleaved input of some frames.
  public static func takesInterleaved(_ window: Window, frames: Int) -> Bool {
    let window = window.threeDimensional
    if covers(window, frames: frames) { return window.kernel.reduce(1, *) <= mostTaps && window.dilation[1] == 1 }
    return window.kernel.reduce(1, *) <= mostTaps && [1, 3, 5].contains(window.kernel[0])
      && (window.stride[0] == 1 || window.stride[0] == 2 && window.kernel[0] == 3) && window.dilation[0] == 1
      && window.paddingBefore[0] == window.kernel[0] / 2 && window.paddingAfter[0] == window.kernel[0] / 2
  }

  /// Returns whether a window covers all the input's frames, more than one.
  private static func covers(_ window: Window, frames: Int) -> Bool {
    frames > 1 && window.kernel[0] == frames && window.dilation[0] == 1 && window.paddingBefore[0] == 0
      && window.paddingAfter[0] == 0
  }

  /// The number of frames at a time, of those side by side, that the window covers along T.
  var tapsAtOnce: Int { coversAllFrames ? 1 : window.kernel[0] }

  /// The kernel's name in a profile.
  public var name: String { isa.quantizedName(takesInterleaved ? "lanes_k\(tapsAtOnce)" : "depthwise") }

  /// The size of an input row in bytes.
  public var inputRowBytes: Int {
    takesInterleaved ? isa.interleavedRowBytes(size: inputSize, pixel: pixel) : inputSize[0] * inputSize[2] * pixel
  }

  /// The size of an output row in bytes.
  public var outputRowBytes: Int { outputSize[0] * outputSize[2] * pixel * elementBytes }

  /// The number of blocks of 16 channels, which threads may share.
  public var vectorCount: Int { pixel / 16 }

  /// The number of channels in a pixel, and of sums in the buffer that the outputs are added to.
  public var pixel: Int { ISA.quantizedPixel(channels) }

  private var elementBytes: Int {
    if case .int16 = output { return 2 }
    return 1
  }

  /// The number of channels whose taps lie side by side, of vectors of taps at each step along H and W, of frames side
  /// by side, and of bytes in a tap.
  var packing: (channels: Int, vectors: Int, frames: Int, tapBytes: Int) {
    let kernels = isa.int8
    guard takesInterleaved else { return (16, window.kernel[0], 1, 1) }
    let (channels, tapBytes) = (Int(kernels.lanes_channels), Int(kernels.lanes_weight_bytes))
    return isa.interleavedFrames == 4
      ? (channels, 4 + tapsAtOnce / 2 * 2, 4, tapBytes) : (channels, tapsAtOnce, 1, tapBytes)
  }

  var groupBytes: Int {
    let packing = packing
    let taps = window.kernel[1] * rowsOfFrames * window.kernel[2] * packing.vectors * packing.frames
    return packing.channels * (headBytes + taps * packing.tapBytes)
  }

  var takesFloats: Bool { takesInterleaved && isa.interleavedFrames == 1 }

  /// The size in bytes of a channel's parameters without its taps.
  var headBytes: Int { takesFloats ? 12 : 8 + 4 * missingVectors }

  /// The number of vectors of sums over the missing frames before the first ones and after the last ones.
  var missingVectors: Int { takesInterleaved && !takesFloats ? tapsAtOnce / 2 * 2 : 0 }

  /// The size in bytes of what comes before the first group: whether sums are narrow.
  static let markBytes = 64

  /// The size of the packed weights, biases and factors in bytes.
  public var packedBytes: Int { Self.markBytes + pixel / packing.channels * groupBytes }

  func factor(_ weightScale: Float) -> Float {
    switch output {
    case .bytes(let result): result.factor(input.scale, weightScale: weightScale)
    case .int16(let scale, let activation):
      QuantizedResult.wordFactor(input.scale * weightScale, scale: scale, activation: activation)
    }
  }

  /// Computes a range of the output's rows, in a range of its blocks of channels.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(_:into:)``.
  ///   - input: The whole image, or a ring of its rows.
  ///   - inputRows: Where the input's rows lie, in bytes; nil for the whole image.
  ///   - output: The whole image, or a ring of its rows.
  ///   - outputRows: Where the output's rows lie, in bytes; nil for the whole image.
  ///   - pool: ``pixel`` numbers, to which the int16 outputs of each channel are added; nil for no sums.
  ///   - rows: The rows of the output to compute.
  ///   - vectors: The blocks of 16 channels to compute; nil for all.
  public func run(
    packed: UnsafeRawPointer, input: UnsafeRawPointer, inputRows: ImageRows? = nil,
    output: UnsafeMutableRawPointer, outputRows: ImageRows? = nil, pool: UnsafeMutablePointer<Int64>? = nil,
    rows: Range<Int>, vectors: Range<Int>? = nil
  ) {
    let inputRows = inputRows ?? ImageRows(count: max(inputSize[1], 1), stride: inputRowBytes)
    let outputRows = outputRows ?? ImageRows(count: max(outputSize[1], 1), stride: outputRowBytes)
    let vectors = vectors ?? 0..<vectorCount
    var task = va_qu8_depthwise_rows(
      x: input, y: output, packed: packed + Self.markBytes, pool: pool, x_row_stride: inputRows.stride / rowsOfFrames,
      x_ring_rows: inputRows.count * rowsOfFrames, y_row_stride: outputRows.stride, y_ring_rows: outputRows.count,
      vectors: vectorCount, channels: channels, x_size: triple(countedSize), y_size: triple(outputSize),
      kernel: triple(countedWindow.kernel), stride: triple(countedWindow.stride),
      padding: triple(countedWindow.paddingBefore), dilation: triple(countedWindow.dilation),
      first_row: rows.lowerBound,
      end_row: rows.upperBound, first_vector: vectors.lowerBound, end_vector: vectors.upperBound,
      is_narrow: packed.load(as: Bool.self), zero: Int32(self.input.storedZero), target: Int32(va_qu8_bytes),
      result: va_qu8_requantization())
    switch self.output {
    case .bytes(let result): task.result = result.task
    case .int16(let scale, let activation):
      task.target = Int32(va_qu8_int16)
      task.result = va_qu8_requantization(
        activation: activation.code, inverse: 1 / scale, low: activation == .relu ? 0 : -32767, zero: 0)
    }
    let kernels = isa.int8
    switch (takesInterleaved, tapsAtOnce) {
    case (true, 1): kernels.lanes_k1(&task)
    case (true, 3): kernels.lanes_k3(&task)
    case (true, _): kernels.lanes_k5(&task)
    case (false, _): kernels.depthwise(&task)
    }
  }
}
