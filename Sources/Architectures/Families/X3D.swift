import IR

/// X3D, with PyTorchVideo's parameter paths, so that its checkpoints load as they are.
///
/// The input is `[N, 3, T, H, W]`, the result `[N, classes]` (see ``ModelHead``). The head pools with a fixed window: a
/// clip must leave at least as many frames and pixels as the configuration's clip length and crop size do.
public struct X3D: Layer {
  private let configuration: X3DConfiguration

  /// Creates a network with options.
  ///
  /// - Throws: ``ArchitectureError`` if the options are invalid.
  public init(_ configuration: X3DConfiguration) throws(ArchitectureError) {
    try configuration.validate()
    self.configuration = configuration
  }

  /// Adds the network.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    let options = configuration
    return x.builder.scoped("blocks") {
      let stemWidth = roundedWidth(options.stemChannels, multiplier: options.widthFactor)
      var y = x.builder.scoped("0") { stem(x, width: stemWidth) }
      var width = stemWidth
      var baseWidth = options.stemChannels
      for (index, depth) in options.blockCounts.enumerated() {
        if index > 0 { baseWidth = roundedWidth(baseWidth, multiplier: 2) }
        let stage = X3DStage(
          options, index: index, inputWidth: width, width: roundedWidth(baseWidth, multiplier: options.widthFactor),
          depth: depth)
        y = stage(y, name: "\(index + 1)")
        width = stage.width
      }
      guard options.head != .none else { return y }
      let inner = Int(options.bottleneckFactor * Double(width))
      return X3DHead(options, inputs: width, inner: inner)(y, name: "5")
    }
  }

  private func stem(_ x: SymbolicTensor, width: Int) -> SymbolicTensor {
    let (kernel, stride) = (configuration.stemKernel, configuration.stemStride)
    var y = x.builder.scoped("conv") {
      // PyTorchVideo's names are swapped: its `conv_t` is the spatial convolution, which comes first.
      let spatial = Conv3d(
        configuration.inputChannels, width, kernel: [1, kernel[1], kernel[2]], stride: [1, stride[1], stride[2]],
        padding: [0, kernel[1] / 2, kernel[2] / 2], bias: false)(x, name: "conv_t")
      return Conv3d(
        width, width, kernel: [kernel[0], 1, 1], stride: [stride[0], 1, 1], padding: [kernel[0] / 2, 0, 0],
        groups: width, bias: false)(spatial, name: "conv_xy")
    }
    y = configuration.norm(width, y, name: "norm")
    return configuration.activation(y, name: "activation")
  }
}

/// A stage: residual blocks of one width, the first of which may change width and resolution.
private struct X3DStage: Layer {
  let width: Int
  private let options: X3DConfiguration
  private let inputWidth: Int
  private let inner: Int
  private let depth: Int
  private let kernel: [Int]
  private let stride: [Int]

  init(_ options: X3DConfiguration, index: Int, inputWidth: Int, width: Int, depth: Int) {
    self.options = options
    self.inputWidth = inputWidth
    self.width = width
    self.depth = depth
    inner = Int(options.bottleneckFactor * Double(width))
    kernel = options.stageKernels[index]
    let spatial = options.stageSpatialStrides[index]
    stride = [options.stageTemporalStrides[index], spatial, spatial]
  }

  func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    x.builder.scoped("res_blocks") {
      (0..<depth).reduce(x) { y, index in y.builder.scoped("\(index)") { block(y, index: index) } }
    }
  }

  private func block(_ x: SymbolicTensor, index: Int) -> SymbolicTensor {
    let inputs = index == 0 ? inputWidth : width
    let stride = index == 0 ? self.stride : [1, 1, 1]
    var shortcut = x
    if inputs != width || stride != [1, 1, 1] {
      shortcut = Conv3d(inputs, width, kernel: [1, 1, 1], stride: stride, bias: false)(x, name: "branch1_conv")
      // Only a shortcut that changes the width is normalized: X3D's first one (24 → 24, stride 2) is not.
      // Its epsilon is the default one whatever the options say, as in PyTorchVideo.
      if inputs != width, options.batchNorm { shortcut = BatchNorm(width)(shortcut, name: "branch1_norm") }
    }
    let branch = x.builder.scoped("branch2") {
      self.branch(x, inputs: inputs, stride: stride, squeezeExcite: index % 2 == 0)
    }
    return options.activation(shortcut + branch, name: "activation")
  }

  private func branch(
    _ x: SymbolicTensor, inputs: Int, stride: [Int], squeezeExcite: Bool
  ) -> SymbolicTensor {
    var y = Conv3d(inputs, inner, kernel: [1, 1, 1], bias: false)(x, name: "conv_a")
    y = options.activation(options.norm(inner, y, name: "norm_a"), name: "act_a")
    y = Conv3d(
      inner, inner, kernel: kernel, stride: stride, padding: kernel.map { $0 / 2 }, groups: inner, bias: false)(
        y, name: "conv_b")
    y = x.builder.scoped("norm_b") {
      let normalized = options.norm(inner, y, name: "0")
      guard squeezeExcite, options.seRatio > 0 else { return normalized }
      let reduced = roundedWidth(inner, multiplier: options.seRatio)
      return SqueezeExcitation(unprefixed: inner, reducedChannels: reduced)(normalized, name: "1")
    }
    y = options.innerActivation(y, name: "act_b")
    y = Conv3d(inner, width, kernel: [1, 1, 1], bias: false)(y, name: "conv_c")
    return options.norm(width, y, name: "norm_c")
  }
}

/// The head: pointwise expansion, pooling, pointwise expansion, classifier.
private struct X3DHead: Layer {
  private let options: X3DConfiguration
  private let inputs: Int
  private let inner: Int

  init(_ options: X3DConfiguration, inputs: Int, inner: Int) {
    self.options = options
    self.inputs = inputs
    self.inner = inner
  }

  func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    let features = x.builder.scoped("pool") { pool(x) }
    guard options.head == .classifier else {
      return features.mean(axes: [2, 3, 4])
    }
    var y = Dropout(options.dropout)(features, name: "dropout").permuted(0, 2, 3, 4, 1)
    y = Linear(options.headChannels, options.classCount)(y, name: "proj").permuted(0, 4, 1, 2, 3)
    y = options.headActivation(y, name: "activation")
    return options.headAveragesPositions ? y.mean(axes: [2, 3, 4]) : y
  }

  private func pool(_ x: SymbolicTensor) -> SymbolicTensor {
    var y = Conv3d(inputs, inner, kernel: [1, 1, 1], bias: false)(x, name: "pre_conv")
    y = options.headPoolActivation(options.norm(inner, y, name: "pre_norm"), name: "pre_act")
    y = Pooling.average(kernel: options.poolKernel, stride: [1, 1, 1])(y, name: "pool")
    y = Conv3d(inner, options.headChannels, kernel: [1, 1, 1], bias: false)(y, name: "post_conv")
    if options.headBatchNorm { y = options.norm(options.headChannels, y, name: "post_norm") }
    return options.headPoolActivation(y, name: "post_act")
  }
}

extension X3DConfiguration {
  /// Returns the batch norm of a value, or the value itself if the options have no batch norm.
  fileprivate func norm(_ channels: Int, _ x: SymbolicTensor, name: String) -> SymbolicTensor {
    batchNorm ? BatchNorm(channels, epsilon: epsilon)(x, name: name) : x
  }
}
