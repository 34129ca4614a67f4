import CKernels

/// A pointwise (1×1×1) convolution, prepared for one layer.
///
/// `y[p, k] = activation(Σ_c weight[k, c] · before(x[p, c]) + bias[k] + residual[p, k])` for a run of pixels. All buffers
/// hold whole pixels of ``ISA/padded(_:)`` floats; the lanes past the last channel may hold anything.
public struct PointwiseKernel: Sendable {
  /// What is done to the input before it is multiplied.
  public struct Prologue: Sendable, Hashable {
    /// Whether each channel is first multiplied with a factor of its own (that of squeeze-excite).
    public var scales: Bool
    /// The function that is applied then.
    public var activation: ActivationFunction?

    /// A prologue.
    public init(scales: Bool, activation: ActivationFunction?) {
      self.scales = scales
      self.activation = activation
    }
  }

  /// Pixels that are multiplied with all panels in turn, while they are in the nearest cache. Every tile's height divides it.
  private static let block = 84

  private let layout: PanelLayout
  private let inputPixel: Int
  private let outputPixel: Int
  private let activation: Int32
  private let prologue: Prologue?

  /// Prepares the kernel for a layer.
  public init(
    isa: ISA, inputs: Int, outputs: Int, activation: ActivationFunction? = nil, prologue: Prologue? = nil
  ) {
    layout = PanelLayout(isa: isa, depth: inputs, outputs: outputs)
    inputPixel = isa.padded(inputs)
    outputPixel = isa.padded(outputs)
    self.activation = activation.code
    self.prologue = prologue
  }

  /// The kernel's name in a profile.
  public var name: String { "f32_pointwise_n\(layout.widest)_\(layout.isa)" }

  /// Floats of packed weights and biases.
  public var packedCount: Int { layout.packedCount }

  /// Floats of scratch memory that each thread needs.
  public var scratchCount: Int { prologue == nil ? 0 : Self.block * inputPixel }

  /// How many panels of output channels there are; threads may share them, where there are few pixels.
  public var panelCount: Int { layout.count }

  /// Lays out weights `[outputs, inputs]` and biases `[outputs]` for the kernel.
  public func pack(
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>
  ) {
    layout.pack(weight: weight, bias: bias, into: packed)
  }

  /// Computes a run of pixels.
  ///
  /// - Parameters:
  ///   - packed: what ``pack(weight:bias:into:)`` made.
  ///   - input: the first pixel.
  ///   - inputStride: floats from one input pixel to the next; nil if they are side by side.
  ///   - count: how many pixels.
  ///   - scale: a factor per input channel, if the prologue has one.
  ///   - residual: pixels that are added before the activation; may be the output's memory.
  ///   - output: pixels side by side.
  ///   - scratch: ``scratchCount`` floats of this thread's own.
  ///   - panels: the part of the output channels to compute; nil for all.
  public func run(
    packed: UnsafePointer<Float>, input: UnsafePointer<Float>, inputStride: Int? = nil, count: Int,
    scale: UnsafePointer<Float>? = nil, residual: UnsafePointer<Float>? = nil, output: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>? = nil, panels: Range<Int>? = nil
  ) {
    let inputStride = inputStride ?? inputPixel
    let isFar = PanelLayout.isFar(floats: count * (inputStride + outputPixel))
    for first in stride(from: 0, to: count, by: Self.block) {
      let pixels = min(Self.block, count - first)
      var x = input + first * inputStride
      var xStride = inputStride
      if let prologue, let scratch {
        var modulation = f32_modulation(
          x: x, x_stride: inputStride, scale: scale, residual: nil, y: scratch, y_stride: inputPixel, width: inputPixel,
          count: pixels, activation: prologue.activation.code)
        layout.isa.float32.modulate(&modulation)
        x = UnsafePointer(scratch)
        xStride = inputPixel
      }
      let task = f32_gemm_panel(
        x: x, x_stride: xStride, rows: 1, row_stride: 0, depth: layout.depth, panel: packed, vectors: 0,
        residual: residual.map { $0 + first * outputPixel }, y: output + first * outputPixel, y_stride: outputPixel,
        count: pixels, activation: activation, asks_for_inputs: isFar && prologue == nil, asks_for_results: isFar)
      layout.run(task, packed: packed, panels: panels ?? 0..<layout.count)
    }
  }
}
