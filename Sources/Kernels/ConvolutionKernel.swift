import CKernels

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
  /// The output's length in T, H and W.
  public let outputSize: [Int]

  /// Prepares the kernel for a layer.
  ///
  /// - Parameters:
  ///   - window: over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  public init(
    isa: ISA, inputs: Int, outputs: Int, groups: Int = 1, window: Window, inputSize: [Int],
    activation: ActivationFunction? = nil
  ) {
    let window = window.threeDimensional
    layout = PanelLayout(
      isa: isa, depth: inputs / groups * window.kernel.reduce(1, *), outputs: outputs / groups)
    self.window = window
    self.inputSize = inputSize
    self.inputs = inputs
    self.outputs = outputs
    self.groups = groups
    self.activation = activation.code
    outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
  }

  /// The kernel's name in a profile.
  public var name: String { "f32_convolution_n\(layout.widest)_\(layout.isa)" }

  /// Floats of packed weights and biases.
  public var packedCount: Int { groups * layout.packedCount }

  /// Floats of scratch memory that each thread needs.
  public var scratchCount: Int { patchesCount + (groups > 1 ? block * groupedPixel : 0) }

  /// Output pixels in a tile: many, unless their patches would leave the nearest caches.
  private var block: Int { min(max(16384 / max(layout.depth, 1) / 14, 1), 6) * 14 }

  /// The patches of one group, and room for the vector that the last copy overshoots with.
  private var patchesCount: Int { block * layout.depth + layout.isa.width }

  /// Floats of a pixel in which each group may write whole vectors behind the one before it.
  private var groupedPixel: Int { layout.isa.padded(outputs) + layout.isa.width }

  /// Lays out weights `[outputs, inputs / groups, window…]` and biases `[outputs]` for the kernel.
  public func pack(
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>
  ) {
    for group in 0..<groups {
      layout.pack(
        weight: weight + group * layout.outputs * layout.depth, taps: window.kernel.reduce(1, *),
        bias: bias.map { $0 + group * layout.outputs }, into: packed + group * layout.packedCount)
    }
  }

  /// Computes a range of the output's rows.
  ///
  /// - Parameters:
  ///   - packed: what ``pack(weight:bias:into:)`` made.
  ///   - input: the image.
  ///   - residual: rows like the output's, added before the activation; may be the output's memory.
  ///   - output: where the first of these rows goes.
  ///   - rows: of the output.
  ///   - scratch: ``scratchCount`` floats of this thread's own.
  public func run(
    packed: UnsafePointer<Float>, input: UnsafePointer<Float>, residual: UnsafePointer<Float>? = nil,
    output: UnsafeMutablePointer<Float>, rows: Range<Int>, scratch: UnsafeMutablePointer<Float>
  ) {
    let row = outputSize[0] * outputSize[2]
    let pixel = layout.isa.padded(outputs)
    for first in stride(from: rows.lowerBound * row, to: rows.upperBound * row, by: block) {
      let pixels = first..<min(first + block, rows.upperBound * row)
      let offset = (first - rows.lowerBound * row) * pixel
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

  /// Groups write whole vectors, each over what the one before it wrote too much, into scratch memory first.
  private func runGroups(
    packed: UnsafePointer<Float>, input: UnsafePointer<Float>, pixels: Range<Int>, residual: UnsafePointer<Float>?,
    output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let results = scratch + patchesCount
    for group in 0..<groups {
      multiply(
        packed: packed + group * layout.packedCount, input: input, group: group, pixels: pixels, residual: nil,
        output: results + group * layout.outputs, outputStride: groupedPixel, activation: 0, scratch: scratch)
    }
    let pixel = layout.isa.padded(outputs)
    var modulation = f32_modulation(
      x: results, x_stride: groupedPixel, scale: nil, residual: residual, y: output, y_stride: pixel, width: pixel,
      count: pixels.count, activation: activation)
    layout.isa.float32.modulate(&modulation)
  }

  /// One group's patches times its weights.
  private func multiply(
    packed: UnsafePointer<Float>, input: UnsafePointer<Float>, group: Int, pixels: Range<Int>,
    residual: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>, outputStride: Int, activation: Int32,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let channels = inputs / groups
    var geometry = f32_patch_geometry(
      x: input, pixel: layout.isa.padded(inputs), first_channel: group * channels, channels: channels,
      input_size: triple(inputSize), output_size: triple(outputSize), kernel: triple(window.kernel),
      stride: triple(window.stride), padding: triple(window.paddingBefore), dilation: triple(window.dilation))
    layout.isa.float32.patches(&geometry, pixels.lowerBound, pixels.count, scratch)
    let task = f32_gemm_panel(
      x: scratch, x_stride: layout.depth, rows: 1, row_stride: 0, depth: layout.depth, panel: packed, vectors: 0,
      residual: residual, y: output, y_stride: outputStride, count: pixels.count, activation: activation,
      asks_for_inputs: false, asks_for_results: false)
    layout.run(task, packed: packed, panels: 0..<layout.count)
  }

  private func triple(_ values: [Int]) -> (Int32, Int32, Int32) {
    (Int32(values[0]), Int32(values[1]), Int32(values[2]))
  }
}
