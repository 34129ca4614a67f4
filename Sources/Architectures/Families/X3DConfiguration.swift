/// The options of an X3D network; the defaults are those of PyTorchVideo's `create_x3d` with a head that gives logits.
///
/// Source: Feichtenhofer, X3D: Expanding Architectures for Efficient Video Recognition, 2020.
public struct X3DConfiguration: Sendable, Codable, Equatable {
  /// The number of channels of the clip.
  public var inputChannels = 3
  /// The number of frames in a clip that the head's pooling window is for.
  public var clipLength = 13
  /// The height and width in pixels of a clip that the head's pooling window is for.
  public var cropSize = 160
  /// The number of classes of the classifier.
  public var classCount = 400
  /// The dropout rate before the classifier.
  public var dropout: Float = 0.5
  /// The expansion of the widths.
  public var widthFactor = 2.0
  /// The expansion of the number of blocks.
  public var depthFactor = 2.2
  /// Whether convolutions are followed by batch norm.
  public var batchNorm = true
  /// The number that batch norms add to the variance.
  public var epsilon: Float = 1e-5
  /// The activation after the stem, the first pointwise convolution and the sum of each block.
  public var activation = Activation.relu
  /// The number of channels of the stem before expansion.
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
  /// The width of the depthwise convolution, relative to the block's.
  public var bottleneckFactor = 2.25
  /// The width of squeeze-excite's bottleneck, relative to the depthwise convolution's; 0 for no squeeze-excite.
  public var seRatio = 0.0625
  /// The activation after the depthwise convolution.
  public var innerActivation = Activation.swish
  /// The number of channels before the classifier.
  public var headChannels = 2048
  /// The activation before and after the head's pooling.
  public var headPoolActivation = Activation.relu
  /// Whether the features before the classifier have a batch norm.
  public var headBatchNorm = false
  /// The activation after the classifier; the identity gives logits.
  public var headActivation = Activation.identity
  /// Whether the result is averaged over the positions of the pooling window, and flat.
  public var headAveragesPositions = true
  /// Where the network ends.
  public var head = ModelHead.classifier

  /// Creates the default options.
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
  /// The features that the classifier takes, `[N, features]`.
  case features
  /// The last stage's feature map, `[N, C, T, H, W]`.
  case none
}

extension X3DConfiguration {
  /// The number of blocks in each of the four stages.
  public var blockCounts: [Int] { [1, 2, 5, 3].map { Int((depthFactor * Double($0)).rounded(.up)) } }

  /// The head's pooling window, `[T, H, W]`: the size of the feature map of its clip.
  var poolKernel: [Int] {
    let spatial = stemStride[1] * stageSpatialStrides.reduce(1, *)
    let temporal = stemStride[0] * stageTemporalStrides.reduce(1, *)
    let side = (cropSize + spatial - 1) / spatial
    return [clipLength / temporal, side, side]
  }

  /// Checks that the options are valid.
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
