import CKernels
import CPU
import IR

/// The weight gradient of a convolution of any window and number of groups, prepared for one layer and input size.
///
/// The inputs under the windows of some outputs are copied side by side, as in ``/CPU/ConvolutionKernel``; the rest is
/// the weight gradient of a matrix product. Images are `[H, T, W, pixel]`; elements past the last channel are
/// unspecified. Threads share the rows of all clips, each with its own part.
public struct ConvolutionWeightGradientKernel: Sendable {
  private let kernels: TrainingKernels
  private let inputs: Int
  private let outputs: Int
  private let groups: Int
  private let window: Window
  private let inputSize: [Int]
  /// The output's size, `[T, H, W]`.
  public let outputSize: [Int]

  /// Prepares the kernel for a layer.
  ///
  /// - Parameters:
  ///   - kernels: The instruction set to compute with, in float32.
  ///   - inputs: The number of input channels, all groups together.
  ///   - outputs: The number of output channels, all groups together.
  ///   - groups: The number of groups that the channels are split into.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  public init(kernels: KernelSet, inputs: Int, outputs: Int, groups: Int = 1, window: Window, inputSize: [Int]) {
    let window = window.threeDimensional
    self.kernels = TrainingKernels(kernels)
    self.inputs = inputs
    self.outputs = outputs
    self.groups = groups
    self.window = window
    self.inputSize = inputSize
    outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("outer_patches") }

  /// The number of inputs under a window, of one group.
  private var depth: Int { inputs / groups * taps }
  private var taps: Int { window.kernel.reduce(1, *) }
  private var rowLength: Int { kernels.padded(depth) }

  /// The number of pixels whose patches are copied at a time.
  private static let block = 64

  /// The number of floats in a part; the caller sets them to zero before the first rows.
  public var partCount: Int { outputs * rowLength }

  /// The number of floats of scratch memory that each thread needs: patches, and the whole vector that the last copy
  /// writes.
  public var scratchCount: Int { Self.block * depth + 2 * kernels.width }

  /// Adds a range of one clip's rows to a part.
  ///
  /// - Parameters:
  ///   - x: The layer's input, an image.
  ///   - dy: The gradient of its output, an image.
  ///   - rows: The rows of dy.
  ///   - part: ``partCount`` floats.
  ///   - scratch: ``scratchCount`` floats that no other thread uses.
  public func run(
    x: UnsafePointer<Float>, dy: UnsafePointer<Float>, rows: Range<Int>, part: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let (row, channels, results) = (outputSize[0] * outputSize[2], inputs / groups, outputs / groups)
    let dyPixel = kernels.padded(outputs)
    for group in 0..<groups {
      var geometry = va_patch_geometry(
        x: x, pixel: kernels.padded(inputs), first_channel: group * channels, channels: channels,
        input_size: triple(inputSize), output_size: triple(outputSize), kernel: triple(window.kernel),
        stride: triple(window.stride), padding: triple(window.paddingBefore), dilation: triple(window.dilation))
      for first in stride(from: rows.lowerBound * row, to: rows.upperBound * row, by: Self.block) {
        let count = min(Self.block, rows.upperBound * row - first)
        kernels.inference.table.pointee.patches(&geometry, first, count, scratch)
        var task = va_train_outer(
          a: dy + first * dyPixel + group * results, b: scratch, a_stride: dyPixel, b_stride: depth, rows: results,
          vectors: rowLength / kernels.width, count: count, sums: part + group * results * rowLength,
          sums_stride: rowLength, starts: 0)
        kernels.table.pointee.outer(&task)
      }
    }
  }

  /// Sums the threads' parts.
  ///
  /// - Parameters:
  ///   - parts: The first part.
  ///   - stride: The number of floats from one part to the next; nil if they are adjacent.
  ///   - count: The number of parts, 1 or more.
  ///   - gradient: Memory for `[outputs, inputs / groups, window…]`.
  public func combine(
    parts: UnsafePointer<Float>, stride: Int? = nil, count: Int, into gradient: UnsafeMutablePointer<Float>
  ) {
    var task = va_train_part_sums(
      parts: parts, part_stride: stride ?? partCount, count: count, rows: outputs, columns: taps,
      deeps: inputs / groups,
      row_stride: rowLength, y: gradient, row_step: depth, column_step: 1, deep_step: taps)
    kernels.table.pointee.add_parts(&task)
  }
}
