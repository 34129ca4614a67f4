import IR

/// The gate of squeeze-excite, prepared for one layer: from the means of channels to their scales.
///
/// `scale = gate(expand · activation(reduce · mean + bias) + bias)` (Hu et al. 2018, section 3).
/// Weights are elements of the set, means and scales floats.
public struct SqueezeExciteKernel: Sendable {
  private let reduce: LinearKernel
  private let expand: LinearKernel
  private let channels: Int
  private let hidden: Int
  private let kernels: KernelSet

  /// Prepares the kernel for a layer.
  public init(
    kernels: KernelSet, channels: Int, hidden: Int, activation: ActivationFunction? = .relu,
    gate: ActivationFunction = .sigmoid
  ) {
    reduce = LinearKernel(kernels: kernels, rows: 1, inputs: channels, outputs: hidden, activation: activation)
    expand = LinearKernel(kernels: kernels, rows: 1, inputs: hidden, outputs: channels, activation: gate)
    self.channels = channels
    self.hidden = hidden
    self.kernels = kernels
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("squeeze_excite") }

  /// Bytes of packed weights and biases.
  public var packedBytes: Int { reduce.packedBytes + expand.packedBytes }

  /// Bytes of scratch memory that each thread needs.
  public var scratchBytes: Int { reduce.outputCount * MemoryLayout<Float>.size }

  /// Packs the weights.
  ///
  /// - Parameters:
  ///   - reduceWeight: `[hidden, channels]`.
  ///   - reduceBias: `[hidden]`.
  ///   - expandWeight: `[channels, hidden]`.
  ///   - expandBias: `[channels]`.
  ///   - packed: ``packedBytes``.
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
  ///   - packed: the result of `pack`.
  ///   - mean: the channels' means.
  ///   - scale: one pixel.
  ///   - scratch: ``scratchBytes`` of this thread's own.
  public func run(
    packed: UnsafeRawPointer, mean: UnsafePointer<Float>, scale: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutableRawPointer
  ) {
    let scratch = scratch.assumingMemoryBound(to: Float.self)
    reduce.run(packed: packed, input: mean, inputStride: channels, output: scratch)
    expand.run(packed: packed + reduce.packedBytes, input: scratch, inputStride: hidden, output: scale)
  }
}
