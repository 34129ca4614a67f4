/// The gate of squeeze-excite, prepared for one layer: from the means of channels to their scales.
///
/// `scale = gate(expand · activation(reduce · mean + bias) + bias)` (Hu et al. 2018, section 3).
public struct SqueezeExciteKernel: Sendable {
  private let reduce: LinearKernel
  private let expand: LinearKernel
  private let channels: Int
  private let hidden: Int
  private let isa: ISA

  /// Prepares the kernel for a layer.
  public init(
    isa: ISA, channels: Int, hidden: Int, activation: ActivationFunction? = .relu, gate: ActivationFunction = .sigmoid
  ) {
    reduce = LinearKernel(isa: isa, rows: 1, inputs: channels, outputs: hidden, activation: activation)
    expand = LinearKernel(isa: isa, rows: 1, inputs: hidden, outputs: channels, activation: gate)
    self.channels = channels
    self.hidden = hidden
    self.isa = isa
  }

  /// The kernel's name in a profile.
  public var name: String { "f32_squeeze_excite_\(isa)" }

  /// Floats of packed weights and biases.
  public var packedCount: Int { reduce.packedCount + expand.packedCount }

  /// Floats of scratch memory that each thread needs.
  public var scratchCount: Int { isa.padded(hidden) }

  /// Lays out the weights for the kernel.
  ///
  /// - Parameters:
  ///   - reduceWeight: `[hidden, channels]`.
  ///   - reduceBias: `[hidden]`.
  ///   - expandWeight: `[channels, hidden]`.
  ///   - expandBias: `[channels]`.
  ///   - packed: ``packedCount`` floats.
  public func pack(
    reduceWeight: UnsafePointer<Float>, reduceBias: UnsafePointer<Float>?,
    expandWeight: UnsafePointer<Float>, expandBias: UnsafePointer<Float>?, into packed: UnsafeMutablePointer<Float>
  ) {
    reduce.pack(weight: reduceWeight, bias: reduceBias, into: packed)
    expand.pack(weight: expandWeight, bias: expandBias, into: packed + reduce.packedCount)
  }

  /// Computes the scales of one clip.
  ///
  /// - Parameters:
  ///   - packed: what `pack` made.
  ///   - mean: the channels' means.
  ///   - scale: one pixel.
  ///   - scratch: ``scratchCount`` floats of this thread's own.
  public func run(
    packed: UnsafePointer<Float>, mean: UnsafePointer<Float>, scale: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    reduce.run(packed: packed, input: mean, inputStride: channels, output: scratch)
    expand.run(packed: packed + reduce.packedCount, input: scratch, inputStride: hidden, output: scale)
  }
}
