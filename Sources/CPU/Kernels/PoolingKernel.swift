import CKernels
import IR

/// Pooling, prepared for one layer and input size: over sliding windows, or to a given output size.
///
/// Images are `[H, T, W, pixel]`; elements past the last channel are unspecified.
public struct PoolingKernel: Sendable {
  private let kernels: KernelSet
  private let function: PoolingFunction
  private let inputSize: [Int]
  private let pixel: Int
  private let dilation: [Int]
  /// The taps of each output along T, H and W.
  private let taps: [[PoolingTaps]]

  /// Prepares pooling over sliding windows.
  ///
  /// - Parameters:
  ///   - kernels: The instruction set and format to compute with.
  ///   - function: Average or maximum.
  ///   - channels: The number of channels.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  ///   - outputSize: `[T, H, W]`, which can be longer than the window's own where lengths round up.
  ///   - countsPadding: Whether an average divides by the size of the padded window instead of the number of elements
  ///     in it.
  public init(
    kernels: KernelSet, _ function: PoolingFunction, channels: Int, window: Window, inputSize: [Int], outputSize: [Int],
    countsPadding: Bool
  ) {
    let window = window.threeDimensional
    self.init(
      kernels: kernels, function, channels: channels, inputSize: inputSize, dilation: window.dilation,
      taps: (0..<3).map { axis in
        (0..<outputSize[axis]).map {
          PoolingTaps(window, axis: axis, output: $0, length: inputSize[axis], countsPadding: countsPadding)
        }
      })
  }

  /// Prepares adaptive pooling, to a given output size for any input size; both are `[T, H, W]`.
  ///
  /// Output `i` of `L` takes the input elements from `⌊i·length/L⌋` up to `⌈(i+1)·length/L⌉`.
  public init(
    kernels: KernelSet, _ function: PoolingFunction, channels: Int, inputSize: [Int], adaptiveTo outputSize: [Int]
  ) {
    self.init(
      kernels: kernels, function, channels: channels, inputSize: inputSize, dilation: [1, 1, 1],
      taps: zip(inputSize, outputSize).map { length, outputs in
        (0..<outputs).map { PoolingTaps(adaptive: $0, of: outputs, length: length) }
      })
  }

  private init(
    kernels: KernelSet, _ function: PoolingFunction, channels: Int, inputSize: [Int], dilation: [Int],
    taps: [[PoolingTaps]]
  ) {
    self.kernels = kernels
    self.function = function
    self.inputSize = inputSize
    self.dilation = dilation
    self.taps = taps
    pixel = kernels.padded(channels)
  }

  /// The output's size, `[T, H, W]`.
  public var outputSize: [Int] { taps.map(\.count) }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("pool_\(function)") }

  /// Computes a range of the output's rows.
  public func run(input: UnsafeRawPointer, output: UnsafeMutableRawPointer, rows: Range<Int>) {
    let (frames, width) = (inputSize[0], inputSize[2])
    let pool = function == .average ? kernels.table.pointee.pool_average : kernels.table.pointee.pool_maximum
    var window = va_pool_window(
      x: input, y: output + rows.lowerBound * taps[0].count * taps[2].count * pixel * kernels.elementSize,
      count: (0, 0, 0),
      step: (dilation[1] * frames * width * pixel, dilation[0] * width * pixel, dilation[2] * pixel),
      vectors: pixel / kernels.width, divisor: 0)
    for row in rows {
      let h = taps[1][row]
      for t in taps[0] {
        for w in taps[2] {
          window.x = input + ((h.first * frames + t.first) * width + w.first) * pixel * kernels.elementSize
          window.count = (h.count, t.count, w.count)
          window.divisor = Float(t.divisor * h.divisor * w.divisor)
          pool(&window)
          window.y += pixel * kernels.elementSize
        }
      }
    }
  }
}
