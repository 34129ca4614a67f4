import CKernels
import IR

/// A matrix product of rows of floats in the API's layout, which have no padding.
///
/// `y[r, k] = activation(Σ_c x[r, c] · weight[c, k] + bias[k])`.
public struct RowProductKernel: Sendable {
  private let kernels: KernelSet
  private let kernel: PointwiseKernel
  private let inputs: Int
  private let outputs: Int

  /// Prepares the kernel for a layer.
  ///
  /// - Parameters:
  ///   - kernels: The kernels of an instruction set, of `float32`.
  ///   - inputs: The number of floats in a row of the input.
  ///   - outputs: The number of floats in a row of the result.
  ///   - activation: The function that is applied to the sums; nil for none.
  public init(kernels: KernelSet, inputs: Int, outputs: Int, activation: ActivationFunction? = nil) {
    self.kernels = kernels
    self.inputs = inputs
    self.outputs = outputs
    kernel = PointwiseKernel(kernels: kernels, inputs: inputs, outputs: outputs, activation: activation)
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("product") }

  /// The size of the packed weights and biases in bytes.
  public var packedBytes: Int { kernel.packedBytes }

  /// The number of panels of outputs, which threads may share where there are few rows; 1 if rows end within a vector.
  public var panelCount: Int { isWhole ? kernel.panelCount : 1 }

  /// The size in bytes of the scratch memory that each thread needs.
  public var scratchBytes: Int {
    kernelScratchBytes + (isWhole ? 0 : Self.block * kernels.padded(outputs) * MemoryLayout<Float>.size)
  }

  /// The size of the product's own scratch memory, which comes first, in whole cache lines.
  private var kernelScratchBytes: Int { (kernel.scratchBytes + 63) / 64 * 64 }

  /// Whether rows of the result are whole vectors, which the kernel can write at their place.
  private var isWhole: Bool { outputs % kernels.width == 0 }

  /// The number of rows that are computed in scratch memory at a time.
  private static let block = 84

  /// Packs weights `[outputs, inputs]` and biases `[outputs]`.
  public func pack(
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, into packed: UnsafeMutableRawPointer
  ) {
    kernel.pack(weight: weight, bias: bias, into: packed)
  }

  /// Packs weights `[inputs, outputs]`, without biases.
  public func pack(transposed weight: UnsafePointer<Float>, into packed: UnsafeMutableRawPointer) {
    kernel.pack(transposed: weight, into: packed)
  }

  /// Computes adjacent rows.
  ///
  /// - Parameters:
  ///   - packed: The packed weights.
  ///   - input: The first row.
  ///   - output: The first row of the result.
  ///   - rows: The number of rows.
  ///   - panels: The panels of outputs to compute; nil for all.
  ///   - scratch: ``scratchBytes`` bytes that no other thread uses.
  public func run(
    packed: UnsafeRawPointer, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, rows: Int,
    panels: Range<Int>? = nil, scratch: UnsafeMutableRawPointer
  ) {
    if isWhole {
      kernel.run(
        packed: packed, input: input, inputStride: inputs, count: rows, output: output, outputStride: outputs,
        scratch: scratch, panels: panels)
      return
    }
    // The last vector of a row would overwrite what follows it.
    let padded = kernels.padded(outputs)
    let results = (scratch + kernelScratchBytes).assumingMemoryBound(to: Float.self)
    for first in stride(from: 0, to: rows, by: Self.block) {
      let count = min(Self.block, rows - first)
      kernel.run(
        packed: packed, input: input + first * inputs, inputStride: inputs, count: count, output: results,
        outputStride: padded, scratch: scratch)
      for row in 0..<count {
        (output + (first + row) * outputs).update(from: results + row * padded, count: outputs)
      }
    }
  }
}
