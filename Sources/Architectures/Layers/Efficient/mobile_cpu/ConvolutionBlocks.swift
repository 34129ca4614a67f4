import IR

// The convolution blocks of PyTorchVideo/Accelerator's library for mobile CPUs, in original form. Each is convolution,
// optional batch norm, activation, under the paths `kernel.conv` and `kernel.bn`; defaults are the original's.

/// A pointwise (1×1×1) convolution with optional batch norm and an activation: `[N, C, T, H, W]` to `[N, K, T, H, W]`.
public struct Conv3dPwBnAct: Layer {
  private let block: ConvolutionBlock

  /// Creates a pointwise block.
  public init(
    _ inputChannels: Int, _ outputChannels: Int, bias: Bool = false, activation: Activation = .relu,
    batchNorm: Bool = true, epsilon: Float = 1e-5
  ) {
    block = ConvolutionBlock(
      convolution: Conv3d(inputChannels, outputChannels, kernel: [1, 1, 1], bias: bias), channels: outputChannels,
      batchNorm: batchNorm, epsilon: epsilon, activation: activation)
  }

  /// Adds the block.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor { block.forward(x) }
}

/// A depthwise 3×3×3 convolution, padding 1, with optional batch norm and an activation: `[N, C, T, H, W]` to
/// `[N, C, T, ⌈H / stride⌉, ⌈W / stride⌉]`.
public struct Conv3d3x3x3DwBnAct: Layer {
  private let block: ConvolutionBlock

  /// Creates a depthwise block.
  public init(
    _ channels: Int, spatialStride: Int = 1, bias: Bool = false, activation: Activation = .relu,
    batchNorm: Bool = true, epsilon: Float = 1e-5
  ) {
    block = ConvolutionBlock(
      convolution: Conv3d(
        channels, channels, kernel: [3, 3, 3], stride: [1, spatialStride, spatialStride], padding: [1, 1, 1],
        groups: channels, bias: bias),
      channels: channels, batchNorm: batchNorm, epsilon: epsilon, activation: activation)
  }

  /// Adds the block.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor { block.forward(x) }
}

/// A spatial (1×k×k) convolution with optional batch norm and an activation: `[N, C, T, H, W]` to `[N, K, T, H', W']`.
public struct Conv3dTemporalKernel1BnAct: Layer {
  private let block: ConvolutionBlock

  /// Creates a spatial block; the default padding is 0, as in the original.
  public init(
    _ inputChannels: Int, _ outputChannels: Int, bias: Bool = false, groups: Int = 1, spatialKernel: Int = 1,
    spatialStride: Int = 1, spatialPadding: Int = 0, spatialDilation: Int = 1, activation: Activation = .relu,
    batchNorm: Bool = true, epsilon: Float = 1e-5
  ) {
    block = ConvolutionBlock(
      convolution: Conv3d(
        inputChannels, outputChannels, kernel: [1, spatialKernel, spatialKernel],
        stride: [1, spatialStride, spatialStride], padding: [0, spatialPadding, spatialPadding],
        dilation: [1, spatialDilation, spatialDilation], groups: groups, bias: bias),
      channels: outputChannels, batchNorm: batchNorm, epsilon: epsilon, activation: activation)
  }

  /// Adds the block.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor { block.forward(x) }
}

/// A temporal 3×1×1 convolution, padding 1, with optional batch norm and an activation: `[N, C, T, H, W]` to
/// `[N, K, T, H, W]`.
public struct Conv3d3x1x1BnAct: Layer {
  private let block: ConvolutionBlock

  /// Creates a temporal block of three taps.
  public init(
    _ inputChannels: Int, _ outputChannels: Int, bias: Bool = false, groups: Int = 1, activation: Activation = .relu,
    batchNorm: Bool = true, epsilon: Float = 1e-5
  ) {
    block = .temporal(
      inputChannels, outputChannels, taps: 3, bias: bias, groups: groups, activation: activation,
      batchNorm: batchNorm, epsilon: epsilon)
  }

  /// Adds the block.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor { block.forward(x) }
}

/// A temporal 5×1×1 convolution, padding 2, with optional batch norm and an activation: `[N, C, T, H, W]` to
/// `[N, K, T, H, W]`.
public struct Conv3d5x1x1BnAct: Layer {
  private let block: ConvolutionBlock

  /// Creates a temporal block of five taps.
  public init(
    _ inputChannels: Int, _ outputChannels: Int, bias: Bool = false, groups: Int = 1, activation: Activation = .relu,
    batchNorm: Bool = true, epsilon: Float = 1e-5
  ) {
    block = .temporal(
      inputChannels, outputChannels, taps: 5, bias: bias, groups: groups, activation: activation,
      batchNorm: batchNorm, epsilon: epsilon)
  }

  /// Adds the block.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor { block.forward(x) }
}

/// The common part of the blocks above: convolution, optional batch norm, activation.
private struct ConvolutionBlock: Layer {
  let convolution: Conv3d
  let channels: Int
  let batchNorm: Bool
  let epsilon: Float
  let activation: Activation

  static func temporal(
    _ inputChannels: Int, _ outputChannels: Int, taps: Int, bias: Bool, groups: Int, activation: Activation,
    batchNorm: Bool, epsilon: Float
  ) -> ConvolutionBlock {
    ConvolutionBlock(
      convolution: Conv3d(
        inputChannels, outputChannels, kernel: [taps, 1, 1], padding: [taps / 2, 0, 0], groups: groups, bias: bias),
      channels: outputChannels, batchNorm: batchNorm, epsilon: epsilon, activation: activation)
  }

  func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    x.builder.scoped("kernel") {
      var y = convolution(x, name: "conv")
      if batchNorm { y = BatchNorm(channels, epsilon: epsilon)(y, name: "bn") }
      return activation(y, name: "act")
    }
  }
}
