import IR

/// A 3D ResNet, with PyTorchVideo's parameter paths, so that its checkpoints load as they are.
///
/// The input is `[N, 3, T, H, W]`, the result `[N, classes]` (see ``ModelHead``). The head pools with a fixed window: a
/// clip must leave at least as many frames and pixels as the configuration's clip length and crop size do.
public struct ResNet: Layer {
  private let configuration: ResNetConfiguration

  /// Creates a network with options.
  ///
  /// - Throws: ``ArchitectureError`` if the options are invalid.
  public init(_ configuration: ResNetConfiguration) throws(ArchitectureError) {
    try configuration.validate()
    self.configuration = configuration
  }

  /// Adds the network.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    let trunk = configuration.trunk
    return x.builder.scoped("blocks") {
      var y = ResNetStem(trunk)(x)
      for index in trunk.blockCounts.indices {
        y = ResNetStage(trunk, index: index)(y)
        if index == 0, trunk.poolsAfterFirstStage { y = Pooling.maximum(kernel: [2, 1, 1])(y) }
      }
      guard configuration.head != .none else { return y }
      let pooled = Pooling.average(kernel: configuration.poolKernel, stride: [1, 1, 1])
      let head = ResNetHead(
        classCount: configuration.classCount, dropout: configuration.dropout,
        activation: configuration.headActivation, head: configuration.head)
      // The head's number in PyTorchVideo counts the pooling between stages, but not its own.
      return x.builder.scoped(nil) { head.forward(pooled(y, name: "pool")) }
    }
  }
}

/// The first layers of a ResNet: convolution, batch norm, ReLU and maximum pooling.
struct ResNetStem: Layer {
  private let trunk: ResNetTrunk

  init(_ trunk: ResNetTrunk) { self.trunk = trunk }

  func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    var y = Conv3d(
      x.channels, trunk.stemChannels, kernel: trunk.stemKernel, stride: trunk.stemStride,
      padding: trunk.stemKernel.map { $0 / 2 }, bias: false)(x, name: "conv")
    y = Activation.relu(BatchNorm(trunk.stemChannels)(y, name: "norm"), name: "activation")
    guard trunk.poolsAfterStem else { return y }
    return Pooling.maximum(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1])(y, name: "pool")
  }
}

/// A stage: residual blocks of one width, the first of which may change width and resolution.
///
/// It takes any number of channels, as SlowFast's slow pathway has more than its own.
struct ResNetStage: Layer {
  private let trunk: ResNetTrunk
  private let index: Int
  private let width: Int

  /// The number of channels inside of the blocks.
  private var inner: Int { width / 4 }

  init(_ trunk: ResNetTrunk, index: Int) {
    self.trunk = trunk
    self.index = index
    width = trunk.stemChannels * (4 << index)
  }

  func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    x.builder.scoped("res_blocks") {
      (0..<trunk.blockCounts[index]).reduce(x) { y, block in
        y.builder.scoped("\(block)") { residual(y, block: block) }
      }
    }
  }

  private func residual(_ x: SymbolicTensor, block: Int) -> SymbolicTensor {
    let stride = block == 0 ? trunk.stageStrides[index] : [1, 1, 1]
    var shortcut = x
    if x.channels != width || stride != [1, 1, 1] {
      shortcut = Conv3d(x.channels, width, kernel: [1, 1, 1], stride: stride, bias: false)(x, name: "branch1_conv")
      shortcut = BatchNorm(width)(shortcut, name: "branch1_norm")
    }
    let kernels = trunk.firstKernels[index]
    let branch = x.builder.scoped("branch2") { bottleneck(x, kernel: kernels[block % kernels.count], stride: stride) }
    return Activation.relu(shortcut + branch, name: "activation")
  }

  private func bottleneck(_ x: SymbolicTensor, kernel: [Int], stride: [Int]) -> SymbolicTensor {
    var y = Conv3d(x.channels, inner, kernel: kernel, padding: kernel.map { $0 / 2 }, bias: false)(x, name: "conv_a")
    y = Activation.relu(BatchNorm(inner)(y, name: "norm_a"), name: "act_a")
    y = x.builder.scoped("conv_b") { spatial(y, stride: stride) }
    y = Activation.relu(BatchNorm(inner)(y, name: "norm_b"), name: "act_b")
    y = Conv3d(inner, width, kernel: [1, 1, 1], bias: false)(y, name: "conv_c")
    return BatchNorm(width)(y, name: "norm_c")
  }

  private func spatial(_ x: SymbolicTensor, stride: [Int]) -> SymbolicTensor {
    let kernel = trunk.spatialKernel
    func convolution(_ kernel: [Int], _ stride: [Int], groups: Int = 1) -> Conv3d {
      Conv3d(
        inner, inner, kernel: kernel, stride: stride, padding: kernel.map { $0 / 2 }, groups: groups, bias: false)
    }
    switch trunk.spatialConvolution {
    case .dense: return convolution(kernel, stride).forward(x)
    case .depthwise: return convolution(kernel, stride, groups: inner).forward(x)
    case .factored:
      var y = convolution([kernel[0], 1, 1], [stride[0], 1, 1])(x, name: "conv_t")
      y = Activation.relu(BatchNorm(inner)(y, name: "norm"), name: "activation")
      return convolution([1, kernel[1], kernel[2]], [1, stride[1], stride[2]])(y, name: "conv_xy")
    }
  }
}

/// The end of a ResNet: a classifier for each position that pooling left, and the mean over these.
struct ResNetHead: Layer {
  let classCount: Int
  let dropout: Float
  let activation: Activation
  let head: ModelHead

  func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    guard head == .classifier else { return x.mean(axes: [2, 3, 4]) }
    var y = Dropout(dropout)(x, name: "dropout").permuted(0, 2, 3, 4, 1)
    y = Linear(x.channels, classCount)(y, name: "proj").permuted(0, 4, 1, 2, 3)
    return activation(y, name: "activation").mean(axes: [2, 3, 4])
  }
}
