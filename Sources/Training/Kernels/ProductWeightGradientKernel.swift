import CKernels
import CPU

/// The weight gradient of a matrix product (a pointwise convolution, a linear layer), prepared for one layer.
///
/// `dW[k, c] = Σ_p dy[p, k] · x[p, c]` over a run of pixels. Both hold whole pixels of ``KernelSet/padded(_:)`` floats; lanes
/// past the last channel are unspecified. Each thread sums its pixels in a part of its own, and `combine` adds
/// the parts in their order; or, where there are few pixels, threads share one part's rows.
public struct ProductWeightGradientKernel: Sendable {
  private let kernels: TrainingKernels
  private let inputs: Int
  private let outputs: Int
  /// Whether the vectors of a part are inputs, and its rows outputs: so that as many lanes as possible are used.
  private let hasInputVectors: Bool

  /// Prepares the kernel for a layer.
  public init(kernels: KernelSet, inputs: Int, outputs: Int) {
    self.kernels = TrainingKernels(kernels)
    self.inputs = inputs
    self.outputs = outputs
    hasInputVectors = kernels.padded(inputs) * outputs <= kernels.padded(outputs) * inputs
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("outer") }

  /// Rows of a part, for threads to share where there are few pixels.
  public var rowCount: Int { hasInputVectors ? outputs : inputs }

  /// Floats of a part.
  public var partCount: Int { rowCount * rowLength }

  private var columns: Int { hasInputVectors ? inputs : outputs }
  private var rowLength: Int { kernels.padded(columns) }

  /// Sums a run of pixels.
  ///
  /// - Parameters:
  ///   - x: the layer's input, the first pixel.
  ///   - xStride: floats from one pixel to the next; nil if they are side by side.
  ///   - dy: the gradient of its output.
  ///   - dyStride: floats from one pixel to the next; nil if they are side by side.
  ///   - count: the number of pixels; may be 0.
  ///   - rows: which rows of the part; nil for all.
  ///   - adds: Whether to add to what the part holds, instead of to zero.
  ///   - part: ``partCount`` floats.
  public func run(
    x: UnsafePointer<Float>, xStride: Int? = nil, dy: UnsafePointer<Float>, dyStride: Int? = nil, count: Int,
    rows: Range<Int>? = nil, adds: Bool = false, part: UnsafeMutablePointer<Float>
  ) {
    let rows = rows ?? 0..<rowCount
    let xStride = xStride ?? kernels.padded(inputs)
    let dyStride = dyStride ?? kernels.padded(outputs)
    var task = va_train_outer(
      a: (hasInputVectors ? dy : x) + rows.lowerBound, b: hasInputVectors ? x : dy,
      a_stride: hasInputVectors ? dyStride : xStride, b_stride: hasInputVectors ? xStride : dyStride,
      rows: rows.count, vectors: rowLength / kernels.width, count: count, sums: part + rows.lowerBound * rowLength,
      sums_stride: rowLength, starts: adds ? 0 : 1)
    kernels.table.pointee.outer(&task)
  }

  /// Sums the threads' parts.
  ///
  /// - Parameters:
  ///   - parts: side by side, or `stride` apart.
  ///   - stride: floats from one part to the next; nil if they are side by side.
  ///   - count: the number of parts, 1 or more.
  ///   - gradient: `[outputs, inputs]`.
  ///   - rows: which rows of the parts; nil for all.
  public func combine(
    parts: UnsafePointer<Float>, stride: Int? = nil, count: Int, into gradient: UnsafeMutablePointer<Float>,
    rows: Range<Int>? = nil
  ) {
    let rows = rows ?? 0..<rowCount
    let rowStep = hasInputVectors ? inputs : 1
    var task = va_train_part_sums(
      parts: parts + rows.lowerBound * rowLength, part_stride: stride ?? partCount, count: count, rows: rows.count,
      columns: columns, deeps: 1, row_stride: rowLength, y: gradient + rows.lowerBound * rowStep, row_step: rowStep,
      column_step: hasInputVectors ? 1 : inputs, deep_step: 0)
    kernels.table.pointee.add_parts(&task)
  }
}
