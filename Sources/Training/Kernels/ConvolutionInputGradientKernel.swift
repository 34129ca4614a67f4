import CKernels
import CPU
import IR

/// The input gradient of a convolution of any window and number of groups, prepared for one layer and input size.
///
/// A matrix product computes each output's contribution to all inputs under its window, and these patches are added at
/// their places. Images are `[H, T, W, pixel]`; elements past the last channel are unspecified. Threads share the rows
/// of dx; rows at the border between two threads are reached by outputs that both of them multiply.
public struct ConvolutionInputGradientKernel: Sendable {
  private let kernels: TrainingKernels
  private let layout: PanelLayout
  private let inputs: Int
  private let outputs: Int
  private let groups: Int
  private let window: Window
  private let inputSize: [Int]
  private let outputSize: [Int]

  /// Prepares the kernel for a layer.
  ///
  /// - Parameters:
  ///   - kernels: The instruction set to compute with, in float32.
  ///   - inputs: The number of input channels, all groups together.
  ///   - outputs: The number of output channels, all groups together.
  ///   - groups: The number of groups that the channels are split into.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`, the size of the gradient to compute; T is 1 for a window over `[H, W]`.
  public init(kernels: KernelSet, inputs: Int, outputs: Int, groups: Int = 1, window: Window, inputSize: [Int]) {
    let window = window.threeDimensional
    self.kernels = TrainingKernels(kernels)
    layout = PanelLayout(
      kernels: kernels, depth: outputs / groups, outputs: inputs / groups * window.kernel.reduce(1, *))
    self.inputs = inputs
    self.outputs = outputs
    self.groups = groups
    self.window = window
    self.inputSize = inputSize
    outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("add_patches") }

  /// The size of the packed weights in bytes.
  public var packedBytes: Int { groups * layout.packedBytes }

  /// The number of output pixels whose patches are computed at a time.
  private static let block = 56

  private var patchStride: Int { kernels.padded(layout.outputs) }

  /// The number of floats of scratch memory that each thread needs.
  public var scratchCount: Int { Self.block * patchStride }

  /// Packs weights `[outputs, inputs / groups, window…]`.
  public func pack(weight: UnsafePointer<Float>, into packed: UnsafeMutableRawPointer) {
    let (channels, taps) = (inputs / groups, window.kernel.reduce(1, *))
    for group in 0..<groups {
      let weight = weight + group * layout.depth * layout.outputs
      let panels = (packed + group * layout.packedBytes).assumingMemoryBound(to: Float.self)
      for panel in 0..<layout.count {
        let own = layout.channels(panel: panel)
        var line = panels + own.lowerBound * (layout.depth + 1)
        line.update(repeating: 0, count: own.count)
        for output in 0..<layout.depth {
          line += own.count
          for (index, place) in own.enumerated() {
            // Patches are in the order of taps, then channels; weights the other way round.
            let isReal = place < layout.outputs
            line[index] =
              isReal ? weight[output * layout.outputs + place % channels * taps + place / channels] : 0
          }
        }
      }
    }
  }

  /// Computes a range of the rows of one clip's gradient.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(weight:into:)``.
  ///   - dy: The gradient of the layer's output, an image.
  ///   - dx: Memory for the gradient of its input, an image.
  ///   - rows: The rows of dx to compute.
  ///   - scratch: ``scratchCount`` floats that no other thread uses.
  public func run(
    packed: UnsafeRawPointer, dy: UnsafePointer<Float>, dx: UnsafeMutablePointer<Float>, rows: Range<Int>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let (pixel, dyPixel) = (kernels.padded(inputs), kernels.padded(outputs))
    let (channels, results) = (inputs / groups, outputs / groups)
    let line = inputSize[0] * inputSize[2] * pixel
    kernels.table.pointee.clear(dx + rows.lowerBound * line, rows.count * line / kernels.width)
    let (reaching, row) = (outputRows(reaching: rows), outputSize[0] * outputSize[2])
    for group in 0..<groups {
      for first in stride(from: reaching.lowerBound * row, to: reaching.upperBound * row, by: Self.block) {
        let count = min(Self.block, reaching.upperBound * row - first)
        let task = va_gemm_panel(
          x: dy + first * dyPixel + group * results, x_stride: dyPixel, rows: 1, row_stride: 0, depth: layout.depth,
          panel: packed, vectors: 0, residual: nil, y: scratch, y_stride: patchStride, count: count, activation: 0,
          writes_floats: false, prefetch_inputs: false, prefetch_results: false)
        layout.run(task, packed: packed + group * layout.packedBytes, panels: 0..<layout.count)
        var sums = va_train_patch_sums(
          patches: scratch, patch_stride: patchStride, image: dx, pixel: pixel, first_channel: group * channels,
          channels: channels, image_size: triple(inputSize), output_size: triple(outputSize),
          kernel: triple(window.kernel), stride: triple(window.stride), padding: triple(window.paddingBefore),
          dilation: triple(window.dilation), first: first, count: count, first_row: rows.lowerBound,
          end_row: rows.upperBound)
        kernels.table.pointee.add_patches(&sums)
      }
    }
  }

  /// Returns the output rows whose windows reach some input rows.
  private func outputRows(reaching rows: Range<Int>) -> Range<Int> {
    let (step, padding) = (window.stride[1], window.paddingBefore[1])
    // The first window that ends after the first row, and the first that begins after the last one.
    let start = rows.lowerBound + padding - window.span(1) + 1
    let first = max(start > 0 ? (start + step - 1) / step : 0, 0)
    let end = min((rows.upperBound + padding + step - 1) / step, outputSize[1])
    return first..<max(first, end)
  }
}
