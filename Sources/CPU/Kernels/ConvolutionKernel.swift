import CKernels
import IR

/// A convolution of any window and number of groups, prepared for one layer and input size.
///
/// Tiles of neighbouring output pixels are multiplied with the weights tap by tap, directly from the image, with bias,
/// residual and activation. Taps along T and H that would read padding are skipped. Images are `[H, T, W, pixel]`.
public struct ConvolutionKernel: Sendable {
  private let panels: ConvolutionPanels
  private let window: Window
  private let inputSize: [Int]
  private let activation: Int32
  /// The output's size, `[T, H, W]`.
  public let outputSize: [Int]

  /// Prepares the kernel for a layer.
  ///
  /// - Parameters:
  ///   - kernels: The instruction set and format to compute with.
  ///   - inputs: The number of input channels, all groups together.
  ///   - outputs: The number of output channels, all groups together.
  ///   - groups: The number of groups that the channels are split into.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  ///   - activation: The function that is applied to the sums; nil for none.
  public init(
    kernels: KernelSet, inputs: Int, outputs: Int, groups: Int = 1, window: Window, inputSize: [Int],
    activation: ActivationFunction? = nil
  ) {
    let window = window.threeDimensional
    self.window = window
    self.inputSize = inputSize
    self.activation = activation.code
    outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
    panels = ConvolutionPanels(
      kernels: kernels, inputs: inputs, outputs: outputs, groups: groups, taps: window.kernel.reduce(1, *),
      rowWidth: outputSize[2], step: window.stride[2])
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("convolution_n\(panels.widest)") }

  private var kernels: KernelSet { panels.kernels }

  /// The size of the packed weights and biases in bytes.
  public var packedBytes: Int { panels.packedBytes }

  /// The size in bytes of the scratch memory that each thread needs.
  public var scratchBytes: Int { panels.scratchBytes }

  /// Packs weights `[outputs, inputs / groups, window…]` and biases `[outputs]`.
  public func pack(
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, into packed: UnsafeMutableRawPointer
  ) {
    panels.pack(weight: weight, bias: bias, into: packed)
  }

  /// Computes a range of the output's rows.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(weight:bias:into:)``.
  ///   - input: The whole input image.
  ///   - residual: Rows like the output's, added before the activation; may be the output's memory.
  ///   - output: The memory for the first of the rows.
  ///   - rows: The rows of the output to compute.
  ///   - scratch: ``scratchBytes`` bytes that no other thread uses.
  public func run(
    packed: UnsafeRawPointer, input: UnsafeRawPointer, residual: UnsafeRawPointer? = nil,
    output: UnsafeMutableRawPointer, rows: Range<Int>, scratch: UnsafeMutableRawPointer
  ) {
    let (inputPixel, pixel) = (kernels.padded(panels.inputs), kernels.padded(panels.outputs))
    let (frames, width) = (outputSize[0], outputSize[2])
    // A block of pixels is multiplied with one panel after the other, so that weights are read once for all of it.
    let blockFrames = min(frames, max(1, Self.blockPixels / max(width, 1)))
    let blockRows = max(1, Self.blockPixels / max(blockFrames * width, 1))
    let isFar = rows.count * frames * width * pixel * kernels.elementSize > 256 << 10
    for firstRow in stride(from: rows.lowerBound, to: rows.upperBound, by: blockRows) {
      for firstFrame in stride(from: 0, to: frames, by: blockFrames) {
        for panel in panels.panels {
          for row in firstRow..<min(firstRow + blockRows, rows.upperBound) {
            let first = ((row - rows.lowerBound) * frames + firstFrame) * width * pixel + panel.outputs.lowerBound
            var task = va_convolution_row(
              x: input + panel.inputs.lowerBound * kernels.elementSize, pixel: inputPixel, depth: panel.inputs.count,
              readable: inputPixel - panel.inputs.lowerBound, panel: packed + panel.offset,
              vectors: panel.outputs.count / kernels.width,
              residual: residual.map { $0 + first * kernels.elementSize }, y: output + first * kernels.elementSize,
              y_stride: pixel, input_size: triple(inputSize), output_width: width, kernel: triple(window.kernel),
              stride: triple(window.stride), padding: triple(window.paddingBefore), dilation: triple(window.dilation),
              row: row, first_frame: firstFrame, end_frame: min(firstFrame + blockFrames, frames),
              activation: activation, prefetch_results: isFar, scratch: scratch)
            kernels.table.pointee.convolution(&task)
          }
        }
      }
    }
  }

  /// The number of pixels in a block, about: enough that reading the weights is little work.
  private static var blockPixels: Int { 112 }
}
