import IR

/// The options of a 3D ResNet: C2D, I3D, Slow, CSN and R(2+1)D differ in nothing else.
///
/// Sources: Feichtenhofer et al., SlowFast Networks for Video Recognition, 2019 (Slow, table 1); Carreira and Zisserman, Quo
/// Vadis, Action Recognition?, 2017 (I3D); Tran et al., Video Classification with Channel-Separated Convolutional
/// Networks, 2019; Tran et al., A Closer Look at Spatiotemporal Convolutions for Action Recognition, 2018.
public struct ResNetConfiguration: Sendable, Codable, Equatable {
  /// The stem and the stages.
  public var trunk = ResNetTrunk()
  /// The number of frames in a clip that the head's pooling window is for.
  public var clipLength = 8
  /// The height and width in pixels of a clip that the head's pooling window is for.
  public var cropSize = 224
  /// The number of classes of the classifier.
  public var classCount = 400
  /// The dropout rate before the classifier.
  public var dropout: Float = 0.5
  /// The activation after the classifier; the identity gives logits.
  public var headActivation = Activation.identity
  /// Where the network ends.
  public var head = ModelHead.classifier

  /// Creates the default options, those of Slow R50.
  public init() {}

  /// C2D R50: no convolution in time, 8 frames.
  public static var c2dR50: ResNetConfiguration {
    var configuration = ResNetConfiguration()
    configuration.trunk.poolsAfterFirstStage = true
    configuration.trunk.firstKernels = [[[1, 1, 1]], [[1, 1, 1]], [[1, 1, 1]], [[1, 1, 1]]]
    return configuration
  }

  /// I3D R50: convolutions in time in every second block, 8 frames.
  public static var i3dR50: ResNetConfiguration {
    var configuration = ResNetConfiguration()
    configuration.trunk.stemKernel = [5, 7, 7]
    configuration.trunk.poolsAfterFirstStage = true
    configuration.trunk.firstKernels = [
      [[3, 1, 1]], [[3, 1, 1], [1, 1, 1]], [[3, 1, 1], [1, 1, 1]], [[1, 1, 1], [3, 1, 1]],
    ]
    return configuration
  }

  /// Slow R50, the slow pathway of SlowFast alone: 8 frames.
  public static var slowR50: ResNetConfiguration { ResNetConfiguration() }

  /// CSN R101, with depthwise 3×3×3 convolutions: 32 frames.
  public static var csnR101: ResNetConfiguration {
    var configuration = ResNetConfiguration()
    configuration.clipLength = 32
    configuration.dropout = 0
    configuration.trunk.stemKernel = [3, 7, 7]
    configuration.trunk.blockCounts = [3, 4, 23, 3]
    configuration.trunk.firstKernels = [[[1, 1, 1]], [[1, 1, 1]], [[1, 1, 1]], [[1, 1, 1]]]
    configuration.trunk.spatialKernel = [3, 3, 3]
    configuration.trunk.spatialConvolution = .depthwise
    configuration.trunk.stageStrides = [[1, 1, 1], [2, 2, 2], [2, 2, 2], [2, 2, 2]]
    return configuration
  }

  /// R(2+1)D R50, with 3×1×1 and 1×3×3 convolutions instead of 3×3×3: 16 frames.
  public static var r2plus1dR50: ResNetConfiguration {
    var configuration = ResNetConfiguration()
    configuration.clipLength = 16
    configuration.trunk.poolsAfterStem = false
    configuration.trunk.firstKernels = [[[1, 1, 1]], [[1, 1, 1]], [[1, 1, 1]], [[1, 1, 1]]]
    configuration.trunk.spatialKernel = [3, 3, 3]
    configuration.trunk.spatialConvolution = .factored
    configuration.trunk.stageStrides = [[1, 2, 2], [1, 2, 2], [2, 2, 2], [2, 2, 2]]
    return configuration
  }

  /// The head's pooling window, `[T, H, W]`: the size of the feature map of its clip.
  var poolKernel: [Int] { trunk.featureSize(frameCount: clipLength, cropSize: cropSize) }

  /// Checks that the options are valid.
  ///
  /// - Throws: ``ArchitectureError/configuration(_:)`` that names the option.
  public func validate() throws(ArchitectureError) {
    try trunk.validate()
    guard [clipLength, cropSize, classCount].allSatisfy({ (1...1 << 20).contains($0) }) else {
      throw .configuration("class count, clip length and crop size must be 1 or more")
    }
    guard dropout >= 0, dropout < 1 else { throw .configuration("dropout must be in 0 ..< 1") }
    guard poolKernel.allSatisfy({ $0 > 0 }) else {
      throw .configuration("\(clipLength) frames are too few for pooling after the first stage")
    }
  }
}

extension ResNetConfiguration: NetworkConfiguration {
  /// `resnet`.
  public static let family = "resnet"

  /// One input with all frames.
  public var frameStrides: [Int] { [1] }

  /// Sets the size that the head's pooling window covers.
  public mutating func fit(frameCount: Int, cropSize: Int) {
    clipLength = frameCount
    self.cropSize = cropSize
  }

  /// Returns the ResNet's graph.
  public func network() throws -> Graph {
    let network = try ResNet(self)
    return .build(input: .clip(channels: trunk.inputChannels)) { network.forward($0) }
  }
}
