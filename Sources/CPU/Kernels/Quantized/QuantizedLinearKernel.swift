import CKernels
import IR

/// A linear layer on rows of bytes, prepared for one layer and number of rows.
public struct QuantizedLinearKernel: Sendable {
  private let product: QuantizedProduct
  private let rows: Int
  private let input: QuantizationParameters
  private let result: QuantizedResult

  /// Prepares the kernel for a layer with `rows` rows of `inputs` bytes each, and `outputs` results per row.
  public init(isa: ISA, rows: Int, inputs: Int, outputs: Int, input: QuantizationParameters, result: QuantizedResult) {
    product = QuantizedProduct(isa: isa, depth: inputs, outputs: outputs, pixels: rows)
    self.rows = rows
    self.input = input
    self.result = result
  }

  /// The kernel's name in a profile.
  public var name: String { product.isa.quantizedName("linear_n\(product.widest)") }

  /// The size of the packed weights, biases and factors in bytes.
  public var packedBytes: Int { product.packedBytes }

  /// The size in bytes of the scratch memory that each thread needs.
  public var scratchBytes: Int { product.widenedBytes(width: ISA.quantizedPixel(product.depth), count: rows) }

  /// The number of panels of outputs, which threads may share.
  public var panelCount: Int { product.count }

  /// Packs weights `[outputs, inputs]`.
  public func pack(_ weights: QuantizedWeights, into packed: UnsafeMutableRawPointer) {
    product.pack(
      weights, zero: input.storedZero, into: packed,
      factor: { result.factor(input.scale, weightScale: weights.scales[$0]) },
      row: { output, _ in weights.values + output * product.depth })
  }

  /// Computes all rows.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(_:into:)``.
  ///   - input: Rows of bytes, padded to whole pixels.
  ///   - output: Rows of bytes or float32, padded to whole pixels.
  ///   - scratch: ``scratchBytes`` bytes that no other thread uses.
  ///   - panels: The panels of outputs to compute; nil for all.
  public func run(
    packed: UnsafeRawPointer, input: UnsafePointer<UInt8>, output: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer?, panels: Range<Int>? = nil
  ) {
    let pixel = ISA.quantizedPixel(product.depth)
    let x = product.widened(input, stride: pixel, width: pixel, count: rows, scratch: scratch)
    let task = va_qu8_gemm_panel(
      starts: nil, skips_rows: false, is_narrow: false, x_first: 0, x_stride: x.stride, rows: 0, depth: 0,
      panel: packed, vectors: 0,
      channels: 0,
      residual: nil, residual_zero: 0, residual_scale: 0, y: output, y_stride: ISA.quantizedPixel(product.outputs),
      count: rows, frames: 1, target: Int32(result.quantization == nil ? va_qu8_floats : va_qu8_pixels),
      result: result.task)
    product.run(task, x: x.x, packed: packed, panels: panels ?? 0..<product.count)
  }
}
