import CKernels
import CPU
import IR

/// The weight gradient of a depthwise convolution, prepared for one layer and input size.
///
/// Any window works; the fastest are those of 3 and 5 frames with stride and dilation 1 along T (3×3×3, 3×1×1, 5×1×1).
/// Images are `[H, T, W, pixel]`; elements past the last channel are unspecified. Threads share the rows of all clips,
/// each with its own part, or the vectors of channels of one part.
public struct DepthwiseWeightGradientKernel: Sendable {
  private let kernels: TrainingKernels
  private let channels: Int
  private let window: Window
  private let inputSize: [Int]
  /// The output's size, `[T, H, W]`.
  public let outputSize: [Int]

  /// Prepares the kernel for a layer.
  ///
  /// - Parameters:
  ///   - kernels: The instruction set to compute with, in float32.
  ///   - channels: The number of channels.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  public init(kernels: KernelSet, channels: Int, window: Window, inputSize: [Int]) {
    let window = window.threeDimensional
    self.kernels = TrainingKernels(kernels)
    self.channels = channels
    self.window = window
    self.inputSize = inputSize
    outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("depthwise_weight_k\(tapsAtOnce)") }

  /// The number of floats in a part; the caller sets them to zero before the first rows.
  public var partCount: Int { kernels.padded(channels) * taps }

  /// The number of vectors of channels, which threads may share.
  public var vectorCount: Int { kernels.vectors(channels) }

  private var taps: Int { window.kernel.reduce(1, *) }

  /// The number of taps along T that are taken at a time.
  private var tapsAtOnce: Int {
    let isDense = window.stride[0] == 1 && window.dilation[0] == 1
    return isDense && [3, 5].contains(window.kernel[0]) ? window.kernel[0] : 1
  }

  /// Adds a range of one clip's rows to a part.
  ///
  /// - Parameters:
  ///   - x: The layer's input, an image.
  ///   - dy: The gradient of its output, an image.
  ///   - rows: The rows of dy.
  ///   - vectors: The vectors of channels to compute; nil for all.
  ///   - part: ``partCount`` floats.
  public func run(
    x: UnsafePointer<Float>, dy: UnsafePointer<Float>, rows: Range<Int>, vectors: Range<Int>? = nil,
    part: UnsafeMutablePointer<Float>
  ) {
    let vectors = vectors ?? 0..<vectorCount
    var task = va_train_depthwise_weight(
      x: x, dy: dy, sums: part, vectors: vectorCount, x_size: triple(inputSize), y_size: triple(outputSize),
      kernel: triple(window.kernel), stride: triple(window.stride), padding: triple(window.paddingBefore),
      dilation: triple(window.dilation), first_row: rows.lowerBound, end_row: rows.upperBound,
      first_vector: vectors.lowerBound, end_vector: vectors.upperBound)
    switch tapsAtOnce {
    case 3: kernels.table.pointee.depthwise_weight_k3(&task)
    case 5: kernels.table.pointee.depthwise_weight_k5(&task)
    default: kernels.table.pointee.depthwise_weight_k1(&task)
    }
  }

  /// Sums the threads' parts.
  ///
  /// - Parameters:
  ///   - parts: The first part.
  ///   - stride: The number of floats from one part to the next; nil if they are adjacent.
  ///   - count: The number of parts, 1 or more.
  ///   - gradient: Memory for `[channels, window…]`.
  public func combine(
    parts: UnsafePointer<Float>, stride: Int? = nil, count: Int, into gradient: UnsafeMutablePointer<Float>
  ) {
    let (frames, height, width) = (window.kernel[0], window.kernel[1], window.kernel[2])
    for vector in 0..<vectorCount {
      let first = vector * kernels.width
      for h in 0..<height {
        for t in 0..<frames {
          // A row for each tap along W, a column for each channel.
          var task = va_train_part_sums(
            parts: parts + (vector * taps + (h * frames + t) * width) * kernels.width, part_stride: stride ?? partCount,
            count: count, rows: width, columns: min(kernels.width, channels - first), deeps: 1,
            row_stride: kernels.width, y: gradient + first * taps + (t * height + h) * width, row_step: 1,
            column_step: taps, deep_step: 0)
          kernels.table.pointee.add_parts(&task)
        }
      }
    }
  }
}
