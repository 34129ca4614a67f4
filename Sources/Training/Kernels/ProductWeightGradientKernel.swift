import CKernels
import CPU

/// The weight gradient of a matrix product (a pointwise convolution, a linear layer), prepared for one layer.
///
/// `dW[k, c] = Σ_p dy[p, k] · x[p, c]` over a run of pixels. Both hold whole pixels of ``/CPU/KernelSet/padded(_:)``
/// floats; elements past the last channel are unspecified. Each thread sums its pixels in its own part, and `combine`
/// adds the parts in order; or, where there are few pixels, threads share one part's rows.
public struct ProductWeightGradientKernel: Sendable {
  private let kernels: TrainingKernels
  private let inputs: Int
  private let outputs: Int
  /// Whether the vectors of a part are inputs, and its rows outputs, so that as few lanes as possible are wasted.
  private let hasInputVectors: Bool

  /// Prepares the kernel for a layer with the given numbers of input and output channels.
  public init(kernels: KernelSet, inputs: Int, outputs: Int) {
    self.kernels = TrainingKernels(kernels)
    self.inputs = inputs
    self.outputs = outputs
    hasInputVectors = kernels.padded(inputs) * outputs <= kernels.padded(outputs) * inputs
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("outer") }

  /// The number of rows in a part, which threads may share where there are few pixels.
  public var rowCount: Int { hasInputVectors ? outputs : inputs }

  /// The number of floats in a part.
  public var partCount: Int { rowCount * rowLength }

  private var columns: Int { hasInputVectors ? inputs : outputs }
  private var rowLength: Int { kernels.padded(columns) }

  /// Sums a run of pixels.
  ///
  /// - Parameters:
  ///   - x: The first pixel of the layer's input.
  ///   - xStride: The number of floats from one input pixel to the next; nil if they are adjacent.
  ///   - dy: The gradient of its output.
  ///   - dyStride: The number of floats from one pixel of dy to the next; nil if they are adjacent.
  ///   - count: The number of pixels; may be 0.
  ///   - rows: The rows of the part to compute; nil for all.
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
  ///   - parts: The first part.
  ///   - stride: The number of floats from one part to the next; nil if they are adjacent.
  ///   - count: The number of parts, 1 or more.
  ///   - gradient: Memory for `[outputs, inputs]`.
  ///   - rows: The rows of the parts to sum; nil for all.
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
