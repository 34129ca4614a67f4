import CKernels
import IR

/// A pointwise (1×1×1) convolution, prepared for one layer.
///
/// `y[p, k] = activation(Σ_c weight[k, c] · before(x[p, c]) + bias[k] + residual[p, k])` for a run of pixels. All
/// buffers hold whole pixels of ``KernelSet/padded(_:)`` elements; elements past the last channel are unspecified.
public struct PointwiseKernel: Sendable {
  /// What is applied to the input before it is multiplied.
  public struct Prologue: Sendable, Hashable {
    /// Whether each channel is first multiplied by its own factor, such as that of squeeze-excite.
    public var scales: Bool
    /// The activation that is applied next; nil for none.
    public var activation: ActivationFunction?

    /// Creates a prologue.
    public init(scales: Bool, activation: ActivationFunction?) {
      self.scales = scales
      self.activation = activation
    }
  }

  private let layout: PanelLayout
  private let inputPixel: Int
  private let outputPixel: Int
  private let activation: Int32
  private let prologue: Prologue?

  /// Prepares the kernel for a layer.
  ///
  /// - Parameters:
  ///   - kernels: The instruction set and format to compute with.
  ///   - inputs: The number of input channels.
  ///   - outputs: The number of output channels.
  ///   - activation: The function that is applied to the sums; nil for none.
  ///   - prologue: What is applied to the input before it is multiplied; nil for nothing.
  ///   - panelVectors: The number of vectors of output channels that are computed at once, 1...3; nil for the fastest
  ///     for most layers.
  public init(
    kernels: KernelSet, inputs: Int, outputs: Int, activation: ActivationFunction? = nil, prologue: Prologue? = nil,
    panelVectors: Int? = nil
  ) {
    layout = PanelLayout(kernels: kernels, depth: inputs, outputs: outputs, vectors: panelVectors)
    inputPixel = kernels.padded(inputs)
    outputPixel = kernels.padded(outputs)
    self.activation = activation.code
    // Elements of another type than the arithmetic are converted once, and not once per panel. Pixels that lie whole pages
    // apart share the places of one set of a first-level cache: they are copied to where they do not. Only whole vectors
    // are, as rows of some callers have no padding.
    let isCopied = kernels.numberSize != kernels.elementSize || inputs * kernels.elementSize % 4096 == 0
    self.prologue = prologue ?? (isCopied ? Prologue(scales: false, activation: nil) : nil)
  }

  private var kernels: KernelSet { layout.kernels }

  /// The number of pixels that are multiplied with all panels in turn, while they are in the nearest cache.
  private var block: Int { kernels.table.pointee.block_tiles * kernels.table.pointee.tile_pixels }

  /// The number of elements from one pixel to the next after the prologue: not whole pages.
  private var preparedPixel: Int {
    inputPixel + (inputPixel * kernels.numberSize % 4096 == 0 ? kernels.width : 0)
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("pointwise_n\(layout.widest)") }

  /// The size of the packed weights and biases in bytes.
  public var packedBytes: Int { layout.packedBytes }

  /// The size in bytes of the scratch memory that each thread needs.
  public var scratchBytes: Int { prologue == nil ? 0 : block * preparedPixel * kernels.numberSize }

  /// The number of panels of output channels, which threads may share where there are few pixels.
  public var panelCount: Int { layout.count }

  /// Packs weights `[outputs, inputs]` and biases `[outputs]`.
  public func pack(
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, into packed: UnsafeMutableRawPointer
  ) {
    layout.pack(weight: weight, bias: bias, into: packed)
  }

  /// Packs weights `[inputs, outputs]`, without biases, to compute the input's gradient of the layer that they belong
  /// to.
  public func pack(transposed weight: UnsafePointer<Float>, into packed: UnsafeMutableRawPointer) {
    layout.pack(transposed: weight, into: packed)
  }

  /// Computes a run of pixels.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(weight:bias:into:)``.
  ///   - input: The first input pixel.
  ///   - inputStride: The number of elements from one input pixel to the next; nil if pixels are adjacent.
  ///   - count: The number of pixels.
  ///   - scale: A factor for each input channel, if the prologue has one: a pixel of float32.
  ///   - residual: Pixels that are added before the activation; may be the output's memory.
  ///   - output: The first output pixel.
  ///   - outputStride: The number of elements from one output pixel, and from one of the residual, to the next; nil if
  ///     pixels are adjacent.
  ///   - scratch: ``scratchBytes`` bytes that no other thread uses.
  ///   - panels: The panels of output channels to compute; nil for all.
  ///   - isFar: Whether to prefetch pixels, because no near cache holds them; nil to decide by the length of the run.
  public func run(
    packed: UnsafeRawPointer, input: UnsafeRawPointer, inputStride: Int? = nil, count: Int,
    scale: UnsafePointer<Float>? = nil, residual: UnsafeRawPointer? = nil, output: UnsafeMutableRawPointer,
    outputStride: Int? = nil, scratch: UnsafeMutableRawPointer? = nil, panels: Range<Int>? = nil, isFar: Bool? = nil
  ) {
    let (inputStride, outputStride) = (inputStride ?? inputPixel, outputStride ?? outputPixel)
    let isFar = isFar ?? layout.isFar(elements: count * (inputStride + outputStride))
    for first in stride(from: 0, to: count, by: block) {
      let pixels = min(block, count - first)
      let offset = first * outputStride * kernels.elementSize
      var x = input + first * inputStride * kernels.elementSize
      var xStride = inputStride
      if let prologue {
        guard let scratch else { preconditionFailure("\(name) needs scratch memory") }
        var task = va_prologue(
          x: x, x_stride: inputStride, scale: scale, y: scratch, y_stride: preparedPixel, width: inputPixel,
          count: pixels, activation: prologue.activation.code)
        kernels.table.pointee.prologue(&task)
        x = UnsafeRawPointer(scratch)
        xStride = preparedPixel
      }
      let task = va_gemm_panel(
        x: x, x_stride: xStride, rows: 1, row_stride: 0, depth: layout.depth, panel: packed, vectors: 0,
        residual: residual.map { $0 + offset }, y: output + offset, y_stride: outputStride, count: pixels,
        activation: activation, writes_floats: false, prefetch_inputs: isFar && prologue == nil,
        prefetch_results: isFar)
      layout.run(task, packed: packed, panels: panels ?? 0..<layout.count)
    }
  }
}
