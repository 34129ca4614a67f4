import IR

/// The options of a SlowFast network: two pathways that see the same clip at two frame rates.
///
/// Source: Feichtenhofer et al., SlowFast Networks for Video Recognition, 2019.
public struct SlowFastConfiguration: Sendable, Codable, Equatable {
  /// The stem and stages of the slow pathway.
  public var slow = ResNetTrunk()
  /// The stem and stages of the fast pathway.
  public var fast = ResNetTrunk()
  /// The number of frames of the fast pathway for each of the slow one's (α in the paper).
  public var frameRatio = 4
  /// The length in frames of the convolutions that lead from the fast pathway to the slow one.
  public var fusionKernel = 7
  /// The number of channels that these convolutions give for each of the fast pathway's.
  public var fusionRatio = 2
  /// The height and width in pixels of a clip that the head's pooling window is for.
  public var cropSize = 224
  /// The number of classes of the classifier.
  public var classCount = 400
  /// The dropout rate before the classifier.
  public var dropout: Float = 0.5
  /// Where the network ends.
  public var head = ModelHead.classifier

  /// Creates the default options, those of SlowFast R50: 32 frames.
  public init() {
    fast.stemChannels = 8
    fast.stemKernel = [5, 7, 7]
    fast.firstKernels = [[[3, 1, 1]], [[3, 1, 1]], [[3, 1, 1]], [[3, 1, 1]]]
  }

  /// SlowFast R50: 32 frames, of which the slow pathway takes 8.
  public static var r50: SlowFastConfiguration { SlowFastConfiguration() }

  /// SlowFast R101: 32 frames, of which the slow pathway takes 8.
  public static var r101: SlowFastConfiguration {
    var configuration = SlowFastConfiguration()
    configuration.slow.blockCounts = [3, 4, 23, 3]
    configuration.fast.blockCounts = [3, 4, 23, 3]
    configuration.fusionKernel = 5
    return configuration
  }

  /// SlowFast R101 with convolutions in time as in R50, in six blocks of the third stage: 64 frames, of which the slow
  /// pathway takes 16.
  public static var r101x16: SlowFastConfiguration {
    var configuration = r101
    let kernels = [[Int]](repeating: [3, 1, 1], count: 6) + [[Int]](repeating: [1, 1, 1], count: 17)
    configuration.slow.firstKernels[2] = kernels
    configuration.fast.firstKernels[2] = kernels
    return configuration
  }

  /// The head's pooling window in space, `[1, H, W]`: the size of the feature map of its clip.
  var poolKernel: [Int] { [1] + slow.featureSize(frameCount: 1, cropSize: cropSize).dropFirst() }

  /// Checks that the options are valid.
  ///
  /// - Throws: ``ArchitectureError/configuration(_:)`` that names the option.
  public func validate() throws(ArchitectureError) {
    try slow.validate()
    try fast.validate()
    guard !slow.poolsAfterFirstStage, !fast.poolsAfterFirstStage else {
      throw .configuration("the pathways of SlowFast have no pooling after the first stage")
    }
    guard [cropSize, classCount].allSatisfy({ (1...1 << 20).contains($0) }) else {
      throw .configuration("class count and crop size must be 1 or more")
    }
    guard [frameRatio, fusionKernel, fusionRatio].allSatisfy({ (1...64).contains($0) }), fusionKernel % 2 == 1 else {
      throw .configuration("frame and fusion ratios must be 1 or more, and the fusion kernel odd")
    }
    guard dropout >= 0, dropout < 1 else { throw .configuration("dropout must be in 0 ..< 1") }
  }
}

extension SlowFastConfiguration: NetworkConfiguration {
  /// `slowfast`.
  public static let family = "slowfast"

  /// The slow pathway's number of frames for one of its own, and the fast pathway's.
  public var frameStrides: [Int] { [frameRatio, 1] }

  /// Sets the size that the head's pooling window covers; clips of any length are averaged over time.
  public mutating func fit(frameCount: Int, cropSize: Int) { self.cropSize = cropSize }

  /// Returns SlowFast's graph, with the inputs `slow` and `fast`.
  public func network() throws -> Graph {
    let network = try SlowFast(self)
    // The slow pathway's length is written as the fusion's result is, so that the two are known to agree.
    let slowFrames = Dimension.symbolic("(T+\(frameRatio - 1))/\(frameRatio)")
    let inputs = [("slow", slow.inputChannels, frameRatio == 1 ? "T" : slowFrames), ("fast", fast.inputChannels, "T")]
    return .build(
      inputs: inputs.map { name, channels, frames in
        GraphInput(name: name, type: ValueType(["N", .fixed(channels), frames, "H", "W"]))
      }
    ) { [network.forward(slow: $0[0], fast: $0[1])] }
  }
}
