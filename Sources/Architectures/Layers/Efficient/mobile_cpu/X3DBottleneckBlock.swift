import IR

/// X3D's residual block: pointwise expansion, depthwise 3×3×3, squeeze-excite, pointwise projection, sum.
///
/// Input `[N, C, T, H, W]`, result `[N, out, T, ⌈H / stride⌉, ⌈W / stride⌉]`:
///
/// ```
///   x ─┬─ layers.conv_0 (1×1×1) ─ layers.conv_1 (3×3×3 depthwise) ─ layers.se ─ layers.act_func_1 ─ layers.conv_2 (1×1×1) ─┐
///      └─ _res_proj (1×1×1, where the shape changes) ──────────────────────────────────────────────────────────────────── + ─ final_act
/// ```
///
/// Source: Feichtenhofer, X3D, 2020; options and paths as in PyTorchVideo/Accelerator.
public struct X3DBottleneckBlock: Layer {
  /// One choice for each of the three convolutions.
  public typealias PerConvolution<Choice> = (expand: Choice, depthwise: Choice, project: Choice)

  private let inputChannels: Int
  private let mid: Int
  private let out: Int
  private let usesResidual: Bool
  private let spatialStride: Int
  private let seRatio: Double
  private let activations: [Activation]
  private let bias: [Bool]
  private let batchNorm: [Bool]
  private let epsilon: Float

  /// Creates a residual block; the default values are the original's.
  ///
  /// - Parameters:
  ///   - inputChannels: The number of input channels.
  ///   - mid: The number of channels of the depthwise convolution.
  ///   - out: The number of output channels.
  ///   - usesResidual: Whether the input is added to the result.
  ///   - spatialStride: The stride of the depthwise convolution in H and W.
  ///   - seRatio: The width of squeeze-excite's bottleneck, relative to `mid`, rounded to a multiple of 8; 0 for no
  ///     squeeze-excite.
  ///   - activations: The activation after each convolution; the last one is after the sum.
  ///   - bias: Whether each convolution has a bias.
  ///   - batchNorm: Whether each convolution has a batch norm.
  ///   - epsilon: The number that batch norms add to the variance.
  public init(
    _ inputChannels: Int, mid: Int, out: Int, usesResidual: Bool = true, spatialStride: Int = 1,
    seRatio: Double = 0.0625, activations: PerConvolution<Activation> = (.relu, .relu, .relu),
    bias: PerConvolution<Bool> = (false, false, false), batchNorm: PerConvolution<Bool> = (true, true, true),
    epsilon: Float = 1e-5
  ) {
    self.inputChannels = inputChannels
    self.mid = mid
    self.out = out
    self.usesResidual = usesResidual
    self.spatialStride = spatialStride
    self.seRatio = seRatio
    self.activations = [activations.expand, activations.depthwise, activations.project]
    self.bias = [bias.expand, bias.depthwise, bias.project]
    self.batchNorm = [batchNorm.expand, batchNorm.depthwise, batchNorm.project]
    self.epsilon = epsilon
  }

  /// Adds the block.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    let shortcut = usesResidual ? self.shortcut(x) : nil
    let y = x.builder.scoped("layers") { branch(x) }
    return activations[2](shortcut.map { $0 + y } ?? y, name: "final_act")
  }

  private func branch(_ x: SymbolicTensor) -> SymbolicTensor {
    var y = Conv3dPwBnAct(
      inputChannels, mid, bias: bias[0], activation: activations[0], batchNorm: batchNorm[0], epsilon: epsilon)(
        x, name: "conv_0")
    // The activation comes after squeeze-excite.
    y = Conv3d3x3x3DwBnAct(
      mid, spatialStride: spatialStride, bias: bias[1], activation: .identity, batchNorm: batchNorm[1],
      epsilon: epsilon)(y, name: "conv_1")
    if seRatio > 0 {
      y = SqueezeExcitation(mid, reducedChannels: roundedWidth(mid, multiplier: seRatio), is3D: true)(y, name: "se")
    }
    y = activations[1](y, name: "act_func_1")
    // The last activation comes after the sum.
    return Conv3dPwBnAct(
      mid, out, bias: bias[2], activation: .identity, batchNorm: batchNorm[2], epsilon: epsilon)(y, name: "conv_2")
  }

  private func shortcut(_ x: SymbolicTensor) -> SymbolicTensor {
    guard spatialStride != 1 || inputChannels != out else { return x }
    return Conv3dTemporalKernel1BnAct(inputChannels, out, spatialStride: spatialStride, activation: .identity)(
      x, name: "_res_proj")
  }
}

/// Returns a width times a multiplier, rounded to a multiple of 8 that is at least 8 and at least 90 % of the product.
///
/// This is PyTorchVideo's rule for X3D's widths; a multiplier of 0 leaves the width as it is.
public func roundedWidth(_ width: Int, multiplier: Double) -> Int {
  guard multiplier != 0 else { return width }
  let divisor = 8
  let exact = Double(width) * multiplier
  guard exact.isFinite, abs(exact) < 1e9 else { return 0 }
  var rounded = max(divisor, Int((exact + Double(divisor) / 2).rounded(.towardZero)) / divisor * divisor)
  if Double(rounded) < 0.9 * exact { rounded += divisor }
  return rounded
}
