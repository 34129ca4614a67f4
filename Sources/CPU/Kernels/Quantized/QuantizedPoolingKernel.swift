import CKernels
import IR

/// Pooling of bytes, prepared for one layer and input size: over sliding windows, or to a given output size.
///
/// An average is an exact sum and one rounding to bytes. Images are `[H, T, W, pixel]`; bytes past the last channel are
/// unspecified.
public struct QuantizedPoolingKernel: Sendable {
  private let isa: ISA
  private let function: PoolingFunction
  private let inputSize: [Int]
  private let pixel: Int
  private let dilation: [Int]
  private let input: QuantizationParameters
  private let output: QuantizationParameters
  /// The taps of each output along T, H and W.
  private let taps: [[PoolingTaps]]

  /// Prepares pooling over sliding windows.
  ///
  /// - Parameters:
  ///   - isa: The instruction set to compute with.
  ///   - function: Average or maximum.
  ///   - channels: The number of channels.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  ///   - outputSize: `[T, H, W]`, which can be longer than the window's own where lengths round up.
  ///   - countsPadding: Whether an average divides by the size of the padded window instead of the number of elements
  ///     in it.
  ///   - input: The quantization of the input.
  ///   - output: The quantization of an average's results; a maximum keeps that of the input.
  public init(
    isa: ISA, _ function: PoolingFunction, channels: Int, window: Window, inputSize: [Int], outputSize: [Int],
    countsPadding: Bool, input: QuantizationParameters, output: QuantizationParameters
  ) {
    let window = window.threeDimensional
    self.init(
      isa: isa, function, channels: channels, inputSize: inputSize, dilation: window.dilation,
      taps: (0..<3).map { axis in
        (0..<outputSize[axis]).map {
          PoolingTaps(window, axis: axis, output: $0, length: inputSize[axis], countsPadding: countsPadding)
        }
      }, input: input, output: output)
  }

  /// Prepares adaptive pooling, to a given output size for any input size; both are `[T, H, W]`.
  ///
  /// Output `i` of `L` takes the input elements from `⌊i·length/L⌋` up to `⌈(i+1)·length/L⌉`.
  public init(
    isa: ISA, _ function: PoolingFunction, channels: Int, inputSize: [Int], adaptiveTo outputSize: [Int],
    input: QuantizationParameters, output: QuantizationParameters
  ) {
    self.init(
      isa: isa, function, channels: channels, inputSize: inputSize, dilation: [1, 1, 1],
      taps: zip(inputSize, outputSize).map { length, outputs in
        (0..<outputs).map { PoolingTaps(adaptive: $0, of: outputs, length: length) }
      }, input: input, output: output)
  }

  private init(
    isa: ISA, _ function: PoolingFunction, channels: Int, inputSize: [Int], dilation: [Int], taps: [[PoolingTaps]],
    input: QuantizationParameters, output: QuantizationParameters
  ) {
    self.isa = isa
    self.function = function
    self.inputSize = inputSize
    self.dilation = dilation
    self.taps = taps
    self.input = input
    self.output = output
    pixel = ISA.quantizedPixel(channels)
  }

  /// The output's size, `[T, H, W]`.
  public var outputSize: [Int] { taps.map(\.count) }

  /// The kernel's name in a profile.
  public var name: String { isa.quantizedName("pool_\(function)") }

  /// Computes a range of the output's rows.
  ///
  /// - Parameters:
  ///   - input: The whole input image.
  ///   - output: The whole output image.
  ///   - rows: The rows of the output to compute.
  public func run(input: UnsafePointer<UInt8>, output: UnsafeMutablePointer<UInt8>, rows: Range<Int>) {
    let (frames, width) = (inputSize[0], inputSize[2])
    let kernels = isa.int8
    let pool = function == .average ? kernels.pool_average : kernels.pool_maximum
    var window = va_qu8_pool_window(
      x: input, y: output + rows.lowerBound * taps[0].count * taps[2].count * pixel, count: (0, 0, 0),
      step: (dilation[1] * frames * width * pixel, dilation[0] * width * pixel, dilation[2] * pixel),
      vectors: pixel / 16, zero: Int32(self.input.storedZero), factor: 0,
      result: QuantizedResult(supported: nil, self.output).task)
    for row in rows {
      let h = taps[1][row]
      for t in taps[0] {
        for w in taps[2] {
          window.x = input + ((h.first * frames + t.first) * width + w.first) * pixel
          window.count = (h.count, t.count, w.count)
          window.factor = self.input.scale / (self.output.scale * Float(t.divisor * h.divisor * w.divisor))
          pool(&window)
          window.y += pixel
        }
      }
    }
  }
}
