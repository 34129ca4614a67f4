import CKernels
import IR

/// A convolution of any window and number of groups, prepared for one layer and input size.
///
/// Tiles of output pixels get the inputs under their windows copied side by side; the rest is a matrix product with
/// bias, residual and activation. Images are `[H, T, W, pixel]`.
public struct ConvolutionKernel: Sendable {
  private let layout: PanelLayout
  private let window: Window
  private let inputSize: [Int]
  private let inputs: Int
  private let outputs: Int
  private let groups: Int
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
    layout = PanelLayout(
      kernels: kernels, depth: inputs / groups * window.kernel.reduce(1, *), outputs: outputs / groups)
    self.window = window
    self.inputSize = inputSize
    self.inputs = inputs
    self.outputs = outputs
    self.groups = groups
    self.activation = activation.code
    outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("convolution_n\(layout.widest)") }

  private var kernels: KernelSet { layout.kernels }

  /// The size of the packed weights and biases in bytes.
  public var packedBytes: Int { groups * layout.packedBytes }

  /// The size in bytes of the scratch memory that each thread needs.
  public var scratchBytes: Int { patchesBytes + (groups > 1 ? block * groupedPixel * kernels.elementSize : 0) }

  /// The number of output pixels in a tile: many, unless their patches would leave the nearest caches.
  private var block: Int {
    let tile = kernels.table.pointee.tile_pixels
    let tiles = (64 << 10) / (max(layout.depth, 1) * kernels.numberSize) / tile
    return min(max(tiles, 1), kernels.table.pointee.block_tiles) * tile
  }

  /// The patches of one group, and room for the whole vector that the last copy writes.
  private var patchesBytes: Int { (block * layout.depth + kernels.width) * kernels.numberSize }

  /// Elements of a pixel in which each group may write whole vectors behind the one before it.
  private var groupedPixel: Int { kernels.padded(outputs) + kernels.width }

  /// Packs weights `[outputs, inputs / groups, window…]` and biases `[outputs]`.
  public func pack(
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, into packed: UnsafeMutableRawPointer
  ) {
    for group in 0..<groups {
      layout.pack(
        weight: weight + group * layout.outputs * layout.depth, taps: window.kernel.reduce(1, *),
        bias: bias.map { $0 + group * layout.outputs }, into: packed + group * layout.packedBytes)
    }
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
    let row = outputSize[0] * outputSize[2]
    let pixel = kernels.padded(outputs)
    for first in stride(from: rows.lowerBound * row, to: rows.upperBound * row, by: block) {
      let pixels = first..<min(first + block, rows.upperBound * row)
      let offset = (first - rows.lowerBound * row) * pixel * kernels.elementSize
      let y = output + offset
      let residual = residual.map { $0 + offset }
      if groups == 1 {
        multiply(
          packed: packed, input: input, group: 0, pixels: pixels, residual: residual, output: y, outputStride: pixel,
          activation: activation, scratch: scratch)
      } else {
        runGroups(packed: packed, input: input, pixels: pixels, residual: residual, output: y, scratch: scratch)
      }
    }
  }

  /// Computes the groups in scratch memory first, as each writes whole vectors and the next overwrites what is too
  /// much.
  private func runGroups(
    packed: UnsafeRawPointer, input: UnsafeRawPointer, pixels: Range<Int>, residual: UnsafeRawPointer?,
    output: UnsafeMutableRawPointer, scratch: UnsafeMutableRawPointer
  ) {
    let results = scratch + patchesBytes
    for group in 0..<groups {
      multiply(
        packed: packed + group * layout.packedBytes, input: input, group: group, pixels: pixels, residual: nil,
        output: results + group * layout.outputs * kernels.elementSize, outputStride: groupedPixel, activation: 0,
        scratch: scratch)
    }
    let pixel = kernels.padded(outputs)
    if let residual {
      var sum = va_binary(
        a: residual, b: results, y: output, rows: pixels.count, vectors: pixel / kernels.width, b_stride: groupedPixel,
        b_is_scalar: false, swapped: false, function: Int32(va_binary_add), activation: activation)
      kernels.table.pointee.binary(&sum)
    } else {
      for index in 0..<pixels.count {
        kernels.table.pointee.activation(
          activation, results + index * groupedPixel * kernels.elementSize,
          output + index * pixel * kernels.elementSize,
          pixel / kernels.width)
      }
    }
  }

  /// One group's patches times its weights.
  private func multiply(
    packed: UnsafeRawPointer, input: UnsafeRawPointer, group: Int, pixels: Range<Int>,
    residual: UnsafeRawPointer?, output: UnsafeMutableRawPointer, outputStride: Int, activation: Int32,
    scratch: UnsafeMutableRawPointer
  ) {
    let channels = inputs / groups
    var geometry = va_patch_geometry(
      x: input, pixel: kernels.padded(inputs), first_channel: group * channels, channels: channels,
      input_size: triple(inputSize), output_size: triple(outputSize), kernel: triple(window.kernel),
      stride: triple(window.stride), padding: triple(window.paddingBefore), dilation: triple(window.dilation))
    kernels.table.pointee.patches(&geometry, pixels.lowerBound, pixels.count, scratch)
    let task = va_gemm_panel(
      x: scratch, x_stride: layout.depth, rows: 1, row_stride: 0, depth: layout.depth, panel: packed, vectors: 0,
      residual: residual, y: output, y_stride: outputStride, count: pixels.count, activation: activation,
      writes_floats: false, prefetch_inputs: false, prefetch_results: false)
    layout.run(task, packed: packed, panels: 0..<layout.count)
  }
}
