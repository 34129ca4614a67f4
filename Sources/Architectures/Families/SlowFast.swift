import IR

/// SlowFast, with PyTorchVideo's parameter paths, so that its checkpoints load as they are.
///
/// The inputs are the same clip at two frame rates: `[N, 3, T / α, H, W]` for the slow pathway and `[N, 3, T, H, W]` for the
/// fast one. After the stem and the first three stages, a convolution with stride α in time brings the fast pathway's values to
/// the slow one's rate, where they are more channels. The result is `[N, classes]` (see ``ModelHead``).
public struct SlowFast: Sendable {
  private let configuration: SlowFastConfiguration

  /// Creates a network with options.
  ///
  /// - Throws: ``ArchitectureError`` if the options are invalid.
  public init(_ configuration: SlowFastConfiguration) throws(ArchitectureError) {
    try configuration.validate()
    self.configuration = configuration
  }

  /// Adds the network.
  ///
  /// - Parameters:
  ///   - slow: The slow pathway's frames.
  ///   - fast: The fast pathway's frames.
  /// - Returns: The scores; without a head, the features of both pathways averaged over time, `[N, C, 1, H, W]`.
  public func forward(slow: SymbolicTensor, fast: SymbolicTensor) -> SymbolicTensor {
    let builder = slow.builder
    return builder.scoped("blocks") {
      var pathways = [slow, fast]
      builder.scoped("0") {
        step(&pathways, layers: [ResNetStem(configuration.slow), ResNetStem(configuration.fast)], fuses: true)
      }
      let stages = configuration.slow.blockCounts.indices
      for index in stages {
        let layers = [ResNetStage(configuration.slow, index: index), ResNetStage(configuration.fast, index: index)]
        builder.scoped("\(index + 1)") { step(&pathways, layers: layers, fuses: index != stages.last) }
      }
      return head(pathways)
    }
  }

  /// Replaces each pathway's values by its layer's, and adds the fast pathway's to the slow one.
  private func step(_ pathways: inout [SymbolicTensor], layers: [any Layer], fuses: Bool) {
    let builder = pathways[0].builder
    builder.scoped("multipathway_blocks") {
      for (index, layer) in layers.enumerated() { pathways[index] = layer(pathways[index], name: "\(index)") }
    }
    guard fuses else { return }
    let fused = builder.scoped("multipathway_fusion") { fusion(pathways[1]) }
    pathways[0] = .concatenated([pathways[0], fused], axis: 1)
  }

  private func fusion(_ fast: SymbolicTensor) -> SymbolicTensor {
    let (kernel, channels) = (configuration.fusionKernel, fast.channels * configuration.fusionRatio)
    let y = Conv3d(
      fast.channels, channels, kernel: [kernel, 1, 1], stride: [configuration.frameRatio, 1, 1],
      padding: [kernel / 2, 0, 0], bias: false)(fast, name: "conv_fast_to_slow")
    return Activation.relu(BatchNorm(channels)(y, name: "norm"), name: "activation")
  }

  private func head(_ pathways: [SymbolicTensor]) -> SymbolicTensor {
    let builder = pathways[0].builder
    let stageCount = configuration.slow.blockCounts.count
    guard configuration.head != .none else {
      return .concatenated(pathways.map { $0.mean(axes: [2], keepsAxes: true) }, axis: 1)
    }
    let joined = builder.scoped("\(stageCount + 1)") {
      // PyTorchVideo pools over all frames of its clips too, and averages the scores of all positions. Scores are linear, so that
      // the mean of the features gives the same, for clips of any length.
      let pooling = Pooling.average(kernel: configuration.poolKernel, stride: [1, 1, 1])
      let means = builder.scoped("pool") { pathways.map { pooling($0).mean(axes: [2, 3, 4], keepsAxes: true) } }
      return SymbolicTensor.concatenated(means, axis: 1)
    }
    let head = ResNetHead(
      classCount: configuration.classCount, dropout: configuration.dropout, activation: .identity,
      head: configuration.head)
    return head(joined, name: "\(stageCount + 2)")
  }
}
