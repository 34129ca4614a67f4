import CKernels
import IR

/// A linear layer on a few rows, prepared for one layer and number of rows.
///
/// `y[r, k] = activation(Σ_c weight[k, c] · x[r, c] + bias[k])`. With one or two rows the bandwidth of the weights is
/// the limit, so they are read once, in wide panels. Weights are elements of the set's format; rows and sums are
/// float32, as rows are few and sums are long.
public struct LinearKernel: Sendable {
  private let layout: PanelLayout
  private let rows: Int
  private let activation: Int32

  /// Prepares the kernel for a layer with `rows` rows of `inputs` numbers each, and `outputs` results per row.
  public init(kernels: KernelSet, rows: Int, inputs: Int, outputs: Int, activation: ActivationFunction? = nil) {
    let kernels = kernels.computingInFloat
    layout =
      rows <= 2
      ? PanelLayout(wide: kernels, depth: inputs, outputs: outputs)
      : PanelLayout(kernels: kernels, depth: inputs, outputs: outputs)
    self.rows = rows
    self.activation = activation.code
  }

  /// The kernel's name in a profile.
  public var name: String { layout.kernels.name("linear_n\(layout.widest)") }

  /// The size of the packed weights and biases in bytes.
  public var packedBytes: Int { layout.packedBytes }

  /// The number of floats in an output row: the outputs, rounded up to whole vectors.
  public var outputCount: Int { layout.kernels.padded(layout.outputs) }

  /// The number of panels of outputs, which threads may share.
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

  /// Computes all rows.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(weight:bias:into:)``.
  ///   - input: Rows of `inputs` floats.
  ///   - inputStride: The number of floats from one row to the next, `inputs` or more.
  ///   - output: Rows of ``outputCount`` floats.
  ///   - outputStride: The number of floats from one row to the next; nil if rows are adjacent.
  ///   - panels: The panels of outputs to compute; nil for all.
  public func run(
    packed: UnsafeRawPointer, input: UnsafePointer<Float>, inputStride: Int, output: UnsafeMutablePointer<Float>,
    outputStride: Int? = nil, panels: Range<Int>? = nil
  ) {
    let task = va_gemm_panel(
      x: input, x_stride: inputStride, rows: 1, row_stride: 0, depth: layout.depth, panel: packed, vectors: 0,
      residual: nil, y: output, y_stride: outputStride ?? outputCount, count: rows, activation: activation,
      writes_floats: true, prefetch_inputs: false, prefetch_results: false)
    layout.run(task, packed: packed, panels: panels ?? 0..<layout.count)
  }
}
