import CKernels
import CPU
import IR

/// The input gradient of a depthwise convolution, prepared for one layer and input size.
///
/// Without a stride it is a depthwise convolution with the mirrored window. With one, the input's positions fall into
/// classes by their remainders, and each class is such a convolution with some of the taps; the rows of a class are
/// computed side by side and then copied to their positions. Images are `[H, T, W, pixel]`; elements past the last
/// channel are unspecified.
public struct DepthwiseInputGradientKernel: Sendable {
  /// The positions with the same remainders modulo the stride.
  private struct PositionClass {
    /// The remainders along T, H and W.
    var remainder: [Int]
    /// The taps that reach the positions along T, H and W: the last one, from which others are a stride apart, and
    /// their number.
    var taps: [(last: Int, count: Int)]
    var kernel: DepthwiseKernel
    /// The offset of its weights in bytes.
    var offset: Int
  }

  private let kernels: TrainingKernels
  private let channels: Int
  private let window: Window
  private let inputSize: [Int]
  /// The classes that have taps.
  private let classes: [PositionClass]
  /// The size of the packed weights in bytes.
  public let packedBytes: Int

  /// Prepares the kernel for a layer, or returns nil if an axis has both a stride and a dilation, which
  /// ``ConvolutionInputGradientKernel`` supports.
  ///
  /// - Parameters:
  ///   - kernels: The instruction set to compute with, in float32.
  ///   - channels: The number of channels.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`, the size of the gradient to compute; T is 1 for a window over `[H, W]`.
  public init?(kernels: KernelSet, channels: Int, window: Window, inputSize: [Int]) {
    let window = window.threeDimensional
    guard (0..<3).allSatisfy({ window.stride[$0] == 1 || window.dilation[$0] == 1 }) else { return nil }
    self.kernels = TrainingKernels(kernels)
    self.channels = channels
    self.window = window
    self.inputSize = inputSize
    var (classes, bytes): ([PositionClass], Int) = ([], 0)
    let outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
    for t in 0..<window.stride[0] {
      for h in 0..<window.stride[1] {
        for w in 0..<window.stride[2] {
          let remainder = [t, h, w]
          let size = (0..<3).map { Self.length(inputSize[$0], remainder: remainder[$0], step: window.stride[$0]) }
          let taps = (0..<3).map { Self.taps(window, axis: $0, remainder: remainder[$0]) }
          guard taps.allSatisfy({ $0.count > 0 }), size.allSatisfy({ $0 > 0 }) else { continue }
          let kernel = DepthwiseKernel(
            kernels: kernels, channels: channels,
            window: Self.mirrored(window, remainder: remainder, taps: taps, from: outputSize, to: size),
            inputSize: outputSize)
          classes.append(PositionClass(remainder: remainder, taps: taps, kernel: kernel, offset: bytes))
          bytes += kernel.packedBytes
        }
      }
    }
    self.classes = classes
    packedBytes = bytes
  }

  private var hasStride: Bool { window.stride != [1, 1, 1] }

  /// The kernel's name in a profile.
  public var name: String {
    hasStride ? kernels.name("depthwise_scattered") : classes.first?.kernel.name ?? kernels.name("depthwise")
  }

  private var taps: Int { window.kernel.reduce(1, *) }
  private var pixel: Int { kernels.padded(channels) }

  /// The number of floats of scratch memory that each thread needs: a row of a class.
  public var scratchCount: Int {
    hasStride ? (classes.map { $0.kernel.outputSize[0] * $0.kernel.outputSize[2] * pixel }.max() ?? 0) : 0
  }

  /// Returns the number of positions of an axis with a remainder.
  private static func length(_ length: Int, remainder: Int, step: Int) -> Int {
    length > remainder ? (length - remainder + step - 1) / step : 0
  }

  /// Returns the taps that read the positions with a remainder: every stride-th, up to the last.
  private static func taps(_ window: Window, axis: Int, remainder: Int) -> (last: Int, count: Int) {
    let step = window.stride[axis]
    guard step > 1 else { return (window.kernel[axis] - 1, window.kernel[axis]) }
    let first = (remainder + window.paddingBefore[axis]) % step
    let count = length(window.kernel[axis], remainder: first, step: step)
    return (first + (count - 1) * step, count)
  }

  /// Returns the window over the output's gradient that computes the positions of a class.
  ///
  /// Position `remainder + i · stride` was read by tap `k` for output `i + (remainder + padding − k · dilation) / stride`.
  private static func mirrored(
    _ window: Window, remainder: [Int], taps: [(last: Int, count: Int)], from: [Int], to: [Int]
  ) -> Window {
    let before = (0..<3).map { axis in
      (taps[axis].last * window.dilation[axis] - remainder[axis] - window.paddingBefore[axis]) / window.stride[axis]
    }
    var result = Window(
      kernel: taps.map(\.count), stride: [1, 1, 1], paddingBefore: before, paddingAfter: [0, 0, 0],
      dilation: window.dilation)
    result.paddingAfter = (0..<3).map { to[$0] + result.span($0) - 1 - from[$0] - before[$0] }
    return result
  }

  /// Packs the layer's weights.
  ///
  /// - Parameters:
  ///   - weight: `[channels, window…]`.
  ///   - packed: Memory for ``packedBytes`` bytes.
  ///   - scratch: ``packScratchCount`` floats.
  public func pack(
    weight: UnsafePointer<Float>, into packed: UnsafeMutableRawPointer, scratch: UnsafeMutablePointer<Float>
  ) {
    let (taps, rows, columns) = (taps, window.kernel[1], window.kernel[2])
    for own in classes {
      var target = scratch
      let (last, step) = (own.taps.map(\.last), window.stride)
      let (lastTap, lastRow, lastColumn) = (last[0], last[1], last[2])
      let (tapStep, rowStep, columnStep) = (step[0], step[1], step[2])
      let (tapCount, rowCount, columnCount) = (own.taps[0].count, own.taps[1].count, own.taps[2].count)
      for channel in 0..<channels {
        for t in 0..<tapCount {
          for h in 0..<rowCount {
            let row = channel * taps + ((lastTap - t * tapStep) * rows + lastRow - h * rowStep) * columns + lastColumn
            for w in 0..<columnCount {
              target.pointee = weight[row - w * columnStep]
              target += 1
            }
          }
        }
      }
      own.kernel.pack(weight: scratch, bias: nil, into: packed + own.offset)
    }
  }

  /// The number of floats of scratch memory that packing needs.
  public var packScratchCount: Int { channels * taps }

  /// Computes a range of the rows of one clip's gradient.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(weight:into:scratch:)``.
  ///   - dy: The gradient of the layer's output, an image.
  ///   - dx: Memory for the gradient of its input, an image.
  ///   - rows: The rows of dx to compute.
  ///   - scratch: ``scratchCount`` floats that no other thread uses.
  public func run(
    packed: UnsafeRawPointer, dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, rows: Range<Int>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    guard hasStride else {
      classes.first?.kernel.run(packed: packed, input: dy, output: dx, rows: rows)
      return
    }
    let positions = inputSize[0] * inputSize[2]
    // One of several clips.
    let streams = kernels.streams(floats: 4 * rows.count * positions * pixel)
    let isComplete = classes.count == window.stride.reduce(1, *)
    for row in rows {
      if !isComplete { kernels.table.pointee.clear(dx + row * positions * pixel, positions * pixel / kernels.width) }
      for own in classes where own.remainder[1] == row % window.stride[1] {
        let place = row / window.stride[1]
        let size = own.kernel.outputSize
        own.kernel.run(
          packed: packed + own.offset, input: dy, output: scratch,
          outputRows: ImageRows(count: 1, stride: size[0] * size[2] * pixel), rows: place..<place + 1)
        for t in 0..<size[0] {
          let frame = own.remainder[0] + t * window.stride[0]
          var copy = va_train_pixel_copy(
            x: scratch + t * size[2] * pixel,
            y: dx + ((row * inputSize[0] + frame) * inputSize[2] + own.remainder[2]) * pixel, x_stride: pixel,
            y_stride: window.stride[2] * pixel, vectors: pixel / kernels.width, count: size[2], streams: streams)
          kernels.table.pointee.copy_pixels(&copy)
        }
      }
    }
  }
}
