import IR

/// The options of an EfficientX3D network, PyTorchVideo/Accelerator's X3D of efficient blocks.
public struct EfficientX3DConfiguration: Sendable, Codable, Equatable {
  /// The sizes of the family: XS, S and M have the same layers and differ in their clips.
  public enum Expansion: String, Sendable, Codable, CaseIterable {
    /// 4 frames.
    case xs = "XS"
    /// 13 frames.
    case s = "S"
    /// 16 frames of 224².
    case m = "M"
    /// More blocks than the other sizes.
    case l = "L"

    /// The number of blocks in each of the four stages.
    var depths: [Int] { self == .l ? [5, 10, 25, 15] : [3, 5, 11, 7] }
  }

  /// The network's size.
  public var expansion = Expansion.xs
  /// The number of classes of the classifier.
  public var classCount = 400
  /// The dropout rate before the classifier.
  public var dropout: Float = 0.5
  /// The activation after the classifier; the identity gives logits.
  public var headActivation = Activation.identity
  /// Where the network ends.
  public var head = ModelHead.classifier

  /// Creates the default options.
  public init() {}

  /// Creates the default options of a size.
  public init(_ expansion: Expansion) { self.expansion = expansion }

  /// Checks that the options are valid.
  ///
  /// - Throws: ``ArchitectureError/configuration(_:)`` that names the option.
  public func validate() throws(ArchitectureError) {
    guard (1...1 << 20).contains(classCount) else { throw .configuration("the class count must be 1 or more") }
    guard dropout >= 0, dropout < 1 else { throw .configuration("dropout must be in 0 ..< 1") }
    guard [.identity, .relu, .swish, .hardSwish].contains(headActivation) else {
      throw .configuration("the head's activation must be identity, relu, swish or hswish")
    }
  }
}

/// EfficientX3D, with PyTorchVideo's parameter paths, so that its checkpoints load as they are.
///
/// The input is `[N, 3, T, H, W]` of any length and size, the result `[N, classes]` (see ``ModelHead``). There are two
/// differences from ``X3D``: the head pools adaptively, and every shortcut convolution has a batch norm.
public struct EfficientX3D: Layer {
  private let configuration: EfficientX3DConfiguration

  /// Creates a network with options.
  ///
  /// - Throws: ``ArchitectureError`` if the options are invalid.
  public init(_ configuration: EfficientX3DConfiguration) throws(ArchitectureError) {
    try configuration.validate()
    self.configuration = configuration
  }

  /// Adds the network.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    var y = x.builder.scoped("s1") { stem(x) }
    var width = 24
    let stages: [(mid: Int, out: Int)] = [(54, 24), (108, 48), (216, 96), (432, 192)]
    for (index, widths) in stages.enumerated() {
      let depth = configuration.expansion.depths[index]
      y = y.builder.scoped("s\(index + 2)") {
        (0..<depth).reduce(y) { y, block in
          X3DBottleneckBlock(
            block == 0 ? width : widths.out, mid: widths.mid, out: widths.out, spatialStride: block == 0 ? 2 : 1,
            seRatio: block % 2 == 0 ? 0.0625 : 0, activations: (.relu, .swish, .relu))(y, name: "pathway0_res\(block)")
        }
      }
      width = widths.out
    }
    return configuration.head == .none ? y : head(y)
  }

  private func stem(_ x: SymbolicTensor) -> SymbolicTensor {
    let spatial = Conv3dTemporalKernel1BnAct(
      3, 24, spatialKernel: 3, spatialStride: 2, spatialPadding: 1, activation: .identity, batchNorm: false)
    let temporal = Conv3d5x1x1BnAct(24, 24, groups: 24)
    return temporal(spatial(x, name: "pathway0_stem_conv_xy"), name: "pathway0_stem_conv")
  }

  private func head(_ x: SymbolicTensor) -> SymbolicTensor {
    let pooled = x.builder.scoped("head") {
      let y = AdaptiveAvgPool3dOutSize1()(Conv3dPwBnAct(192, 432)(x, name: "conv_5"), name: "avg_pool")
      return Conv3dPwBnAct(432, 2048, batchNorm: false)(y, name: "lin_5")
    }
    guard configuration.head == .classifier else { return pooled.reshaped(to: 0, 2048) }
    var y = Dropout(configuration.dropout)(pooled.permuted(0, 2, 3, 4, 1), name: "dropout")
    y = FullyConnected(2048, configuration.classCount)(y, name: "projection")
    return configuration.headActivation(y, name: "act").mean(axes: [1, 2, 3])
  }
}
