import CKernels
import CPU
import IR

/// The weight gradient of a network's first convolution, prepared for one layer and input size: reads the API's clip,
/// plane by plane, as ``/CPU/StemKernel`` does.
///
/// The rows under a row of windows are copied once, with margins of zeros; nothing is copied per window. Clips are `[C,
/// T, H, W]`, dy is an image `[H, T, W, pixel]`, whose elements past the last channel are unspecified. Threads share
/// the rows of all clips, each with its own part.
public struct StemWeightGradientKernel: Sendable {
  private let kernels: TrainingKernels
  private let window: Window
  private let inputSize: [Int]
  private let inputs: Int
  private let outputs: Int
  /// The output's size, `[T, H, W]`.
  public let outputSize: [Int]

  /// Prepares the kernel for a layer, or returns nil unless the window covers one frame (1×kH×kW) without dilation.
  ///
  /// - Parameters:
  ///   - kernels: The instruction set to compute with, in float32.
  ///   - inputs: The number of input channels.
  ///   - outputs: The number of output channels.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  public init?(kernels: KernelSet, inputs: Int, outputs: Int, window: Window, inputSize: [Int]) {
    let window = window.threeDimensional
    guard window.kernel[0] == 1, window.stride[0] == 1, window.paddingBefore[0] == 0, window.paddingAfter[0] == 0,
      window.dilation[1] == 1, window.dilation[2] == 1
    else { return nil }
    self.kernels = TrainingKernels(kernels)
    self.window = window
    self.inputSize = inputSize
    self.inputs = inputs
    self.outputs = outputs
    outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("outer_stem") }

  /// The number of inputs under a window.
  private var depth: Int { inputs * window.kernel[1] * window.kernel[2] }
  private var pixel: Int { kernels.padded(outputs) }

  /// The number of floats in a part; the caller sets them to zero before the first rows.
  public var partCount: Int { depth * pixel }

  /// The number of floats of scratch memory that each thread needs: a row, and room for the whole vector that its last
  /// copy writes.
  public var scratchCount: Int { rowLength + kernels.width }

  /// The number of floats in an input row with the margins that the windows reach into.
  private var rowLength: Int { max(0, outputSize[2] - 1) * window.stride[2] + window.kernel[2] }

  /// Adds a range of one clip's rows to a part.
  ///
  /// - Parameters:
  ///   - clip: `[C, T, H, W]`.
  ///   - dy: The gradient of the layer's output, an image.
  ///   - rows: The rows of dy.
  ///   - part: ``partCount`` floats.
  ///   - scratch: ``scratchCount`` floats that no other thread uses.
  public func run(
    clip: UnsafePointer<Float>, dy: UnsafePointer<Float>, rows: Range<Int>, part: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let (frames, height, width) = (inputSize[0], inputSize[1], inputSize[2])
    let left = min(window.paddingBefore[2], rowLength)
    let real = min(width, rowLength - left)
    for h in rows {
      for t in 0..<frames {
        let gradients = dy + (h * frames + t) * outputSize[2] * pixel
        for tap in 0..<window.kernel[1] {
          let row = h * window.stride[1] + tap - window.paddingBefore[1]
          guard row >= 0, row < height else { continue }
          for channel in 0..<inputs {
            let source = clip + ((channel * frames + t) * height + row) * width
            kernels.inference.table.pointee.pad_row(source, left, real, rowLength - left - real, scratch)
            let first = (channel * window.kernel[1] + tap) * window.kernel[2]
            var task = va_train_outer(
              a: scratch, b: gradients, a_stride: window.stride[2], b_stride: pixel, rows: window.kernel[2],
              vectors: pixel / kernels.width, count: outputSize[2], sums: part + first * pixel, sums_stride: pixel,
              starts: 0)
            kernels.table.pointee.outer(&task)
          }
        }
      }
    }
  }

  /// Sums the threads' parts.
  ///
  /// - Parameters:
  ///   - parts: The first part.
  ///   - stride: The number of floats from one part to the next; nil if they are adjacent.
  ///   - count: The number of parts, 1 or more.
  ///   - gradient: Memory for `[outputs, inputs, window…]`.
  public func combine(
    parts: UnsafePointer<Float>, stride: Int? = nil, count: Int, into gradient: UnsafeMutablePointer<Float>
  ) {
    var task = va_train_part_sums(
      parts: parts, part_stride: stride ?? partCount, count: count, rows: depth, columns: outputs, deeps: 1,
      row_stride: pixel, y: gradient, row_step: 1, column_step: depth, deep_step: 0)
    kernels.table.pointee.add_parts(&task)
  }
}
