import IR

/// The gate of squeeze-excite, prepared for one layer: computes the channels' scales from means.
///
/// `scale = gate(expand · activation(reduce · mean + bias) + bias)` (Hu et al. 2018, section 3).
/// Weights are elements of the set's format, means and scales float32.
public struct SqueezeExciteKernel: Sendable {
  private let reduce: LinearKernel
  private let expand: LinearKernel
  private let means: Int
  private let hidden: Int
  private let kernels: KernelSet

  /// Prepares the kernel for a layer with a number of means, which are those of the channels or more.
  public init(
    kernels: KernelSet, means: Int, hidden: Int, channels: Int, activation: ActivationFunction? = .relu,
    gate: ActivationFunction = .sigmoid
  ) {
    reduce = LinearKernel(kernels: kernels, rows: 1, inputs: means, outputs: hidden, activation: activation)
    expand = LinearKernel(kernels: kernels, rows: 1, inputs: hidden, outputs: channels, activation: gate)
    self.means = means
    self.hidden = hidden
    self.kernels = kernels
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("squeeze_excite") }

  /// The size of the packed weights and biases in bytes.
  public var packedBytes: Int { reduce.packedBytes + expand.packedBytes }

  /// The size in bytes of the scratch memory that each thread needs.
  public var scratchBytes: Int { reduce.outputCount * MemoryLayout<Float>.size }

  /// Packs the weights.
  ///
  /// - Parameters:
  ///   - reduceWeight: `[hidden, means]`.
  ///   - reduceBias: `[hidden]`, or nil for zeros.
  ///   - expandWeight: `[channels, hidden]`.
  ///   - expandBias: `[channels]`, or nil for zeros.
  ///   - packed: Memory for ``packedBytes`` bytes.
  public func pack(
    reduceWeight: UnsafePointer<Float>, reduceBias: UnsafePointer<Float>?,
    expandWeight: UnsafePointer<Float>, expandBias: UnsafePointer<Float>?, into packed: UnsafeMutableRawPointer
  ) {
    reduce.pack(weight: reduceWeight, bias: reduceBias, into: packed)
    expand.pack(weight: expandWeight, bias: expandBias, into: packed + reduce.packedBytes)
  }

  /// Computes the scales of one clip.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(reduceWeight:reduceBias:expandWeight:expandBias:into:)``.
  ///   - mean: The means.
  ///   - scale: The memory for one pixel of float32.
  ///   - scratch: ``scratchBytes`` bytes that no other thread uses.
  public func run(
    packed: UnsafeRawPointer, mean: UnsafePointer<Float>, scale: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutableRawPointer
  ) {
    let scratch = scratch.assumingMemoryBound(to: Float.self)
    reduce.run(packed: packed, input: mean, inputStride: means, output: scratch)
    expand.run(packed: packed + reduce.packedBytes, input: scratch, inputStride: hidden, output: scale)
  }
}
