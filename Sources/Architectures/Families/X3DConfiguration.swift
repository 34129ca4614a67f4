/// The options of an X3D network; defaults are those of PyTorchVideo's `create_x3d` with a head that gives logits.
///
/// Source: Feichtenhofer, X3D: Expanding Architectures for Efficient Video Recognition, 2020.
public struct X3DConfiguration: Sendable, Codable, Equatable {
  /// Channels of the clip.
  public var inputChannels = 3
  /// Frames that the head's pooling window is made for.
  public var clipLength = 13
  /// Height and width that the head's pooling window is made for.
  public var cropSize = 160
  /// Classes of the classifier.
  public var classCount = 400
  /// Dropout before the classifier.
  public var dropout: Float = 0.5
  /// Expansion of the widths.
  public var widthFactor = 2.0
  /// Expansion of the number of blocks.
  public var depthFactor = 2.2
  /// Whether convolutions are followed by batch norm.
  public var batchNorm = true
  /// Added to the variance in batch norms.
  public var epsilon: Float = 1e-5
  /// After the stem, the first pointwise convolution and the sum of each block.
  public var activation = Activation.relu
  /// Channels of the stem before expansion.
  public var stemChannels = 12
  /// The stem's kernel, `[T, H, W]`.
  public var stemKernel = [5, 3, 3]
  /// The stem's stride, `[T, H, W]`.
  public var stemStride = [1, 2, 2]
  /// The depthwise kernel of each of the four stages, `[T, H, W]`.
  public var stageKernels = [[3, 3, 3], [3, 3, 3], [3, 3, 3], [3, 3, 3]]
  /// The stride in H and W of each stage's first block.
  public var stageSpatialStrides = [2, 2, 2, 2]
  /// The stride in T of each stage's first block.
  public var stageTemporalStrides = [1, 1, 1, 1]
  /// Width of the depthwise convolution in terms of the block's.
  public var bottleneckFactor = 2.25
  /// Width of squeeze-excite's bottleneck as a share of the depthwise convolution's; 0: no squeeze-excite.
  public var seRatio = 0.0625
  /// After the depthwise convolution.
  public var innerActivation = Activation.swish
  /// Channels before the classifier.
  public var headChannels = 2048
  /// Around the head's pooling.
  public var headPoolActivation = Activation.relu
  /// Whether the features before the classifier have a batch norm.
  public var headBatchNorm = false
  /// After the classifier; the identity gives logits.
  public var headActivation = Activation.identity
  /// Whether the result is averaged over the positions of the pooling window, and flat.
  public var headAveragesPositions = true
  /// Where the network ends.
  public var head = ModelHead.classifier

  /// The defaults.
  public init() {}

  /// X3D-XS: 4 frames, 160².
  public static var xs: X3DConfiguration { sized(clipLength: 4, cropSize: 160) }
  /// X3D-S: 13 frames, 160².
  public static var s: X3DConfiguration { sized(clipLength: 13, cropSize: 160) }
  /// X3D-M: 16 frames, 224².
  public static var m: X3DConfiguration { sized(clipLength: 16, cropSize: 224) }
  /// X3D-L: 16 frames, 312², deeper.
  public static var l: X3DConfiguration { sized(clipLength: 16, cropSize: 312, depthFactor: 5) }

  private static func sized(clipLength: Int, cropSize: Int, depthFactor: Double = 2.2) -> X3DConfiguration {
    var configuration = X3DConfiguration()
    configuration.clipLength = clipLength
    configuration.cropSize = cropSize
    configuration.depthFactor = depthFactor
    return configuration
  }
}

/// Where a network ends.
public enum ModelHead: String, Sendable, Codable, CaseIterable {
  /// Scores of the classes, `[N, classes]`.
  case classifier
  /// The vector that the classifier works on, `[N, features]`.
  case features
  /// The last stage's map, `[N, C, T, H, W]`.
  case none
}

extension X3DConfiguration {
  /// Blocks in each of the four stages.
  public var blockCounts: [Int] { [1, 2, 5, 3].map { Int((depthFactor * Double($0)).rounded(.up)) } }

  /// The head's pooling window, `[T, H, W]`: what is left of the clip it is made for.
  var poolKernel: [Int] {
    let spatial = stemStride[1] * stageSpatialStrides.reduce(1, *)
    let temporal = stemStride[0] * stageTemporalStrides.reduce(1, *)
    let side = (cropSize + spatial - 1) / spatial
    return [clipLength / temporal, side, side]
  }

  /// Checks that the options make a network.
  ///
  /// - Throws: ``ArchitectureError/configuration(_:)`` that names the option.
  public func validate() throws(ArchitectureError) {
    func require(_ condition: Bool, _ problem: String) throws(ArchitectureError) {
      if !condition { throw .configuration(problem) }
    }
    let counts = [inputChannels, classCount, stemChannels, headChannels, clipLength, cropSize]
    try require(
      counts.allSatisfy { (1...1 << 20).contains($0) },
      "channel and class counts, clip length and crop size must be 1 or more")
    try require(dropout >= 0 && dropout < 1, "dropout must be in 0 ..< 1")
    try require(
      [widthFactor, depthFactor, bottleneckFactor].allSatisfy { $0 > 0 && $0 <= 64 },
      "width, depth and bottleneck factors must be above 0 and at most 64")
    try require(seRatio >= 0 && seRatio <= 16, "the squeeze-excite ratio must be in 0 ... 16")
    try require(
      ([stemKernel, stemStride] + stageKernels).allSatisfy { $0.count == 3 && $0.allSatisfy { (1...64).contains($0) } },
      "kernels and strides must be three numbers of 1 or more")
    let strides = stageSpatialStrides + stageTemporalStrides
    try require(
      stageKernels.count == 4 && stageSpatialStrides.count == 4 && stageTemporalStrides.count == 4
        && strides.allSatisfy { (1...64).contains($0) },
      "kernels and strides must be given for each of four stages")
    let temporal = stemStride[0] * stageTemporalStrides.reduce(1, *)
    let spatial = stemStride[1] * stageSpatialStrides.reduce(1, *)
    try require(clipLength >= temporal, "\(clipLength) frames are too few for a temporal stride of \(temporal)")
    try require(cropSize >= spatial, "a crop of \(cropSize) is too small for a spatial stride of \(spatial)")
  }
}
