import IR

/// Squeeze-excite: scales each channel by a factor in 0...1 that is computed from the means of all channels.
///
/// Input and result `[N, C, H, W]` or `[N, C, T, H, W]`. Parameters: `se.block.0` (reducing) and `se.block.2` (expanding),
/// pointwise convolutions with bias. Source: Hu et al. 2018, in fvcore's form.
public struct SqueezeExcitation: Layer {
  private let channels: Int
  private let reducedChannels: Int
  private let is3D: Bool
  private let activation: Activation
  private let prefix: String?

  /// Creates a squeeze-excite block.
  ///
  /// - Parameters:
  ///   - channels: The number of channels.
  ///   - reducedChannels: The width of the bottleneck; nil for `channels / reductionRatio`.
  ///   - reductionRatio: The ratio of the channels to the width of the bottleneck.
  ///   - is3D: Whether values have a time axis.
  ///   - activation: The activation in the bottleneck.
  public init(
    _ channels: Int, reducedChannels: Int? = nil, reductionRatio: Double = 2, is3D: Bool = false,
    activation: Activation = .relu
  ) {
    self.init(
      channels, reducedChannels: reducedChannels ?? Self.reduced(channels, reductionRatio), is3D: is3D,
      activation: activation, prefix: "se")
  }

  /// Creates a block without the `se` in its parameters' paths, as in X3D.
  public init(unprefixed channels: Int, reducedChannels: Int) {
    self.init(channels, reducedChannels: reducedChannels, is3D: true, activation: .relu, prefix: nil)
  }

  private init(_ channels: Int, reducedChannels: Int, is3D: Bool, activation: Activation, prefix: String?) {
    self.channels = channels
    self.reducedChannels = reducedChannels
    self.is3D = is3D
    self.activation = activation
    self.prefix = prefix
  }

  private static func reduced(_ channels: Int, _ ratio: Double) -> Int {
    // A ratio that leaves no channel is an error at the parameter; a number that does not fit an `Int` must not trap
    // here.
    Int(exactly: (Double(channels) / ratio).rounded(.down)) ?? 0
  }

  /// Adds the block.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    guard let prefix else { return block(x) }
    return x.builder.scoped(prefix) { block(x) }
  }

  private func block(_ x: SymbolicTensor) -> SymbolicTensor {
    let means = x.mean(axes: Array(2..<max(2, x.rank)), keepsAxes: true)
    let scale = x.builder.scoped("block") {
      let reduced = activation(pointwise(means, channels, reducedChannels, name: "0"), name: "1")
      return Activation.sigmoid(pointwise(reduced, reducedChannels, channels, name: "2"), name: "3")
    }
    return x * scale
  }

  private func pointwise(_ x: SymbolicTensor, _ inputs: Int, _ outputs: Int, name: String) -> SymbolicTensor {
    is3D
      ? Conv3d(inputs, outputs, kernel: [1, 1, 1])(x, name: name)
      : Conv2d(inputs, outputs, kernel: [1, 1])(x, name: name)
  }
}
