import IR

/// MoViNet in its base form, with the parameter paths of its public port to PyTorch
/// (https://github.com/Atze00/MoViNet-pytorch), whose checkpoints are TensorFlow's.
///
/// The input is `[N, 3, T, H, W]` of any length, the result `[N, classes]` (see ``ModelHead``). Windows are padded as in TensorFlow
/// ("same") for the configuration's crop size; a square clip of another size is taken with the same padding.
public struct MoViNet: Layer {
  private let configuration: MoViNetConfiguration

  /// Creates a network with options.
  ///
  /// - Throws: ``ArchitectureError`` if the options are invalid.
  public init(_ configuration: MoViNetConfiguration) throws(ArchitectureError) {
    try configuration.validate()
    self.configuration = configuration
  }

  /// Adds the network.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    var size = configuration.cropSize
    var y = MoViNetConvolution(configuration.stemChannels, kernel: [1, 3, 3], stride: 2, size: size)(x, name: "conv1")
    size = (size + 1) / 2
    y = x.builder.scoped("blocks") {
      var y = y
      for (stage, blocks) in configuration.stages.enumerated() {
        for (index, block) in blocks.enumerated() {
          y = MoViNetBlock(block, size: size)(y, name: "b\(stage)_l\(index)")
          size = (size + block.stride - 1) / block.stride
        }
      }
      return y
    }
    guard configuration.head != .none else { return y }
    y = MoViNetConvolution(configuration.pooledChannels)(y, name: "conv7").mean(axes: [2, 3, 4], keepsAxes: true)
    return x.builder.scoped("classifier") { classifier(y) }
  }

  private func classifier(_ x: SymbolicTensor) -> SymbolicTensor {
    var y = pointwise(x, configuration.hiddenChannels, name: "0")
    y = Activation.swish(y, name: "1")
    guard configuration.head == .classifier else { return y.reshaped(to: 0, configuration.hiddenChannels) }
    y = pointwise(Dropout(configuration.dropout)(y, name: "2"), configuration.classCount, name: "3")
    return y.reshaped(to: 0, configuration.classCount)
  }
}

/// A residual block, whose branch is scaled by a number that is trained (ReZero: Bachlechner et al. 2020).
private struct MoViNetBlock: Layer {
  private let block: MoViNetConfiguration.Block
  /// The height and width of its input.
  private let size: Int

  init(_ block: MoViNetConfiguration.Block, size: Int) {
    self.block = block
    self.size = size
  }

  func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    let alpha = x.builder.parameter("alpha", shape: [])
    let inner = block.inner
    var y = x
    if inner != block.outputs { y = MoViNetConvolution(inner)(y, name: "expand") }
    y = MoViNetConvolution(
      inner, kernel: block.kernel, stride: block.stride, groups: inner, size: size)(y, name: "deep")
    y = x.builder.scoped("se") { squeezeExcite(y) }
    y = MoViNetConvolution(block.outputs, activation: .identity)(y, name: "project")
    return shortcut(x) + alpha * y
  }

  private func squeezeExcite(_ x: SymbolicTensor) -> SymbolicTensor {
    let means = x.mean(axes: [2, 3, 4], keepsAxes: true)
    let reduced = pointwise(means, roundedWidth(block.inner / 4, multiplier: 1), name: "fc1")
    let scale = pointwise(Activation.swish(reduced, name: "activation_1"), block.inner, name: "fc2")
    return x * Activation.sigmoid(scale, name: "activation_2")
  }

  private func shortcut(_ x: SymbolicTensor) -> SymbolicTensor {
    guard block.stride != 1 || x.channels != block.outputs else { return x }
    return x.builder.scoped("res") {
      var y = x
      if block.stride != 1 {
        let window = Window(same: [1, 3, 3], stride: block.stride, size: size)
        y = x.builder.scoped("0") { x.applying(Operations.Pool(.average, window: window, countsPadding: false)) }
      }
      return MoViNetConvolution(block.outputs, activation: .identity)(y, name: block.stride == 1 ? "0" : "1")
    }
  }
}

/// A convolution with batch norm and activation.
private struct MoViNetConvolution: Layer {
  private let outputs: Int
  private let window: Window
  private let groups: Int
  private let activation: Activation

  init(
    _ outputs: Int, kernel: [Int] = [1, 1, 1], stride: Int = 1, groups: Int = 1, size: Int = 1,
    activation: Activation = .swish
  ) {
    self.outputs = outputs
    self.groups = groups
    self.activation = activation
    window = Window(same: kernel, stride: stride, size: size)
  }

  func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    x.builder.scoped("conv_1") {
      let y = Conv3d(x.channels, outputs, window: window, groups: groups, bias: false)(x, name: "conv3d")
      return activation(BatchNorm(outputs, epsilon: 1e-3)(y, name: "norm"), name: "act")
    }
  }
}

/// Returns a pointwise convolution with bias.
private func pointwise(_ x: SymbolicTensor, _ outputs: Int, name: String) -> SymbolicTensor {
  x.builder.scoped(name) {
    x.builder.scoped("conv_1") { Conv3d(x.channels, outputs, kernel: [1, 1, 1])(x, name: "conv3d") }
  }
}

extension Window {
  /// Creates a window over `[T, H, W]` with a stride in H and W, padded as TensorFlow does by "same": as many results as the
  /// size divided by the stride, rounded up, and the odd element of padding at the end.
  ///
  /// - Parameters:
  ///   - kernel: The kernel, odd in T.
  ///   - stride: The stride in H and W.
  ///   - size: The height and width of what it slides over.
  fileprivate init(same kernel: [Int], stride: Int, size: Int) {
    let space = kernel.dropFirst().map { max($0 - (size % stride == 0 ? stride : size % stride), 0) }
    let padding = [kernel[0] - 1] + space
    self.init(
      kernel: kernel, stride: [1, stride, stride], paddingBefore: padding.map { $0 / 2 },
      paddingAfter: padding.map { $0 - $0 / 2 }, dilation: [1, 1, 1])
  }
}
