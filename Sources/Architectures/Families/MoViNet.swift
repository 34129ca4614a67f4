import IR

/// MoViNet, with the parameter paths of its public port to PyTorch (https://github.com/Atze00/MoViNet-pytorch), whose
/// checkpoints are TensorFlow's.
///
/// The input is `[N, 3, T, H, W]` of any length, or a frame `[N, 3, 1, H, W]` in ``MoViNetConfiguration/Form/stream``; the result
/// `[N, classes]` (see ``ModelHead``). Windows are padded as in TensorFlow ("same") for the configuration's crop size; a square
/// clip of another size is taken with the same padding.
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
    let means = MoViNetMeans(configuration.form, input: x)
    var size = configuration.cropSize
    var y = convolution(configuration.stemChannels, kernel: [1, 3, 3], stride: 2, size: size)(x, name: "conv1")
    size = (size + 1) / 2
    y = x.builder.scoped("blocks") {
      var y = y
      for (stage, blocks) in configuration.stages.enumerated() {
        for (index, block) in blocks.enumerated() {
          y = x.builder.scoped("b\(stage)_l\(index)") { residual(y, block, size: size, means) }
          size = (size + block.stride - 1) / block.stride
        }
      }
      return y
    }
    guard configuration.head != .none else { return y }
    y = means.final(of: convolution(configuration.pooledChannels)(y, name: "conv7"))
    return x.builder.scoped("classifier") { classifier(y) }
  }

  /// Adds a block, whose branch is scaled by a number that is trained (ReZero: Bachlechner et al. 2020).
  private func residual(
    _ x: SymbolicTensor, _ block: MoViNetConfiguration.Block, size: Int, _ means: MoViNetMeans
  ) -> SymbolicTensor {
    let alpha = x.builder.parameter("alpha", shape: [])
    let inner = block.inner
    var y = x
    if inner != block.outputs { y = convolution(inner)(y, name: "expand") }
    y = convolution(inner, kernel: block.kernel, stride: block.stride, groups: inner, size: size)(y, name: "deep")
    y = x.builder.scoped("se") { squeezeExcite(y, means) }
    y = convolution(block.outputs, activation: .identity)(y, name: "project")
    return shortcut(x, block, size: size) + alpha * y
  }

  /// Scales channels by what their means say: in networks of past frames, those of the frame and those of all frames so far.
  private func squeezeExcite(_ x: SymbolicTensor, _ means: MoViNetMeans) -> SymbolicTensor {
    let width = roundedWidth(x.channels / 4 * (configuration.form == .base ? 1 : 2), multiplier: 1)
    let reduced = pointwise(width)(means.squeezed(x), name: "fc1")
    let hidden = configuration.convolutions.activation(reduced, name: "activation_1")
    return x * gate(pointwise(x.channels)(hidden, name: "fc2"))
  }

  private func gate(_ x: SymbolicTensor) -> SymbolicTensor {
    switch configuration.convolutions {
    case .full: Activation.sigmoid(x, name: "activation_2")
    // Keras' hard sigmoid, which is steeper than PyTorch's.
    case .factored:
      x.builder.scoped("activation_2") {
        x.applying(Operations.ParametricActivation(.hardSigmoid, alpha: 0.2, beta: 0.5))
      }
    }
  }

  private func shortcut(_ x: SymbolicTensor, _ block: MoViNetConfiguration.Block, size: Int) -> SymbolicTensor {
    guard block.stride != 1 || x.channels != block.outputs else { return x }
    return x.builder.scoped("res") {
      var y = x
      if block.stride != 1 {
        let window = Window(same: [1, 3, 3], stride: block.stride, size: size)
        y = x.builder.scoped("0") { x.applying(Operations.Pool(.average, window: window, countsPadding: false)) }
      }
      return convolution(block.outputs, activation: .identity)(y, name: block.stride == 1 ? "0" : "1")
    }
  }

  private func classifier(_ x: SymbolicTensor) -> SymbolicTensor {
    var y = pointwise(configuration.hiddenChannels)(x, name: "0")
    y = Activation.swish(y, name: "1")
    guard configuration.head == .classifier else { return y.reshaped(to: 0, configuration.hiddenChannels) }
    y = pointwise(configuration.classCount)(Dropout(configuration.dropout)(y, name: "2"), name: "3")
    return y.reshaped(to: 0, configuration.classCount)
  }

  /// Returns a convolution with batch norm and activation; nil for the network's own activation.
  private func convolution(
    _ outputs: Int, kernel: [Int] = [1, 1, 1], stride: Int = 1, groups: Int = 1, size: Int = 1,
    activation: Activation? = nil
  ) -> MoViNetConvolution {
    MoViNetConvolution(
      outputs, window: Window(same: kernel, stride: stride, size: size), groups: groups,
      activation: activation ?? configuration.convolutions.activation, form: configuration.form,
      convolutions: configuration.convolutions)
  }

  /// Returns a pointwise convolution with bias.
  private func pointwise(_ outputs: Int) -> MoViNetConvolution {
    MoViNetConvolution(
      outputs, window: Window(same: [1, 1, 1], stride: 1, size: 1), groups: 1, activation: nil,
      form: configuration.form, convolutions: configuration.convolutions)
  }
}
