import CKernels

/// A linear layer on a few rows, prepared for one layer and number of rows.
///
/// `y[r, k] = activation(Σ_c weight[k, c] · x[r, c] + bias[k])`. With one or two rows the weights' bandwidth is the
/// limit, so they are read once, in wide panels.
public struct LinearKernel: Sendable {
  private let layout: PanelLayout
  private let rows: Int
  private let activation: Int32

  /// Prepares the kernel for a layer.
  public init(isa: ISA, rows: Int, inputs: Int, outputs: Int, activation: ActivationFunction? = nil) {
    layout =
      rows <= 2
      ? PanelLayout(wide: isa, depth: inputs, outputs: outputs)
      : PanelLayout(isa: isa, depth: inputs, outputs: outputs)
    self.rows = rows
    self.activation = activation.code
  }

  /// The kernel's name in a profile.
  public var name: String { "f32_linear_n\(layout.widest)_\(layout.isa)" }

  /// Floats of packed weights and biases.
  public var packedCount: Int { layout.packedCount }

  /// How many panels of outputs there are, for threads to share.
  public var panelCount: Int { layout.count }

  /// Lays out weights `[outputs, inputs]` and biases `[outputs]` for the kernel.
  public func pack(
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>
  ) {
    layout.pack(weight: weight, bias: bias, into: packed)
  }

  /// Computes all rows.
  ///
  /// - Parameters:
  ///   - packed: what ``pack(weight:bias:into:)`` made.
  ///   - input: rows of `inputs` floats.
  ///   - inputStride: floats from one row to the next, `inputs` or more.
  ///   - output: rows that are the outputs, rounded up to whole vectors, apart.
  ///   - panels: the part of the outputs to compute; nil for all.
  public func run(
    packed: UnsafePointer<Float>, input: UnsafePointer<Float>, inputStride: Int, output: UnsafeMutablePointer<Float>,
    panels: Range<Int>? = nil
  ) {
    let task = f32_gemm_panel(
      x: input, x_stride: inputStride, rows: 1, row_stride: 0, depth: layout.depth, panel: packed, vectors: 0,
      residual: nil, y: output, y_stride: layout.isa.padded(layout.outputs), count: rows, activation: activation,
      asks_for_inputs: false, asks_for_results: false)
    layout.run(task, packed: packed, panels: panels ?? 0..<layout.count)
  }
}
