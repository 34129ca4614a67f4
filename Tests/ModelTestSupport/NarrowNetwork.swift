import Architectures
import IR
import Preprocessing
import Tensors

/// A network of the zoo with few channels and blocks, which runs in milliseconds but has all kinds of its layers.
public struct NarrowNetwork: Sendable, CustomStringConvertible {
  /// The name of the network that it is a narrow form of.
  public let name: String
  /// The number of frames in a clip.
  let frameCount: Int
  /// The height and width of a clip.
  let side: Int
  /// The number of blocks in each stage.
  let blockCounts: [Int]

  /// A network of each family, without dropout.
  public static let all = [
    NarrowNetwork("c2d_r50", frameCount: 4), NarrowNetwork("i3d_r50", frameCount: 4),
    NarrowNetwork("slow_r50", frameCount: 2), NarrowNetwork("csn_r101", frameCount: 8),
    // Its stem does not pool, and a single position of the last stage would not average any rounding.
    NarrowNetwork("r2plus1d_r50", frameCount: 8, side: 64), NarrowNetwork("slowfast_r50", frameCount: 8),
    NarrowNetwork("movinet_a0_base", frameCount: 4, side: 44),
    NarrowNetwork("movinet_a0_causal", frameCount: 4, side: 44),
  ]

  /// Creates a narrow form of a network with a name.
  public init(_ name: String, frameCount: Int, side: Int = 32, blockCounts: [Int] = [1, 2, 1, 2]) {
    self.name = name
    self.frameCount = frameCount
    self.side = side
    self.blockCounts = blockCounts
  }

  /// How far results in integers may be from their definition: some of MoViNet's layers stay in floating point, where instruction
  /// sets round differently, so that a value may become a neighboring integer.
  public var integerTolerance: Double { name.hasPrefix("movinet") ? 0.02 : 1e-6 }

  /// The network's name.
  public var description: String { name }

  /// The network: 11 classes and few channels.
  public func architecture() throws -> Architecture {
    var architecture = try Architecture(named: name)
    if var options = architecture.configuration as? ResNetConfiguration {
      options.trunk.stemChannels = 8
      options.trunk.blockCounts = blockCounts
      options.dropout = 0
      architecture.configuration = options
    } else if var options = architecture.configuration as? SlowFastConfiguration {
      options.slow.stemChannels = 16
      options.fast.stemChannels = 2
      options.slow.blockCounts = blockCounts
      options.fast.blockCounts = blockCounts
      options.dropout = 0
      architecture.configuration = options
    } else if var options = architecture.configuration as? MoViNetConfiguration {
      options.stages = options.stages.map { Array($0.prefix(2)) }
      options.hiddenChannels = 64
      options.dropout = 0
      architecture.configuration = options
    }
    architecture.classCount = 11
    return architecture.fitting(frameCount: frameCount, cropSize: side)
  }

  /// How its inputs are made of a clip.
  public func clipInputs() throws -> ClipInputs {
    try ClipInputs(
      ClipRecipe(frameCount: frameCount, samplingRate: 2, shortSide: side + 4, cropSize: side),
      strides: architecture().frameStrides)
  }

  /// Returns the network's inputs for generated clips.
  public func inputs(count: Int, seed: UInt64 = 1) throws -> [Tensor] {
    try clipInputs().tensors(of: RandomWeights.clips([count, 3, frameCount, side, side], seed: seed))
  }

  /// Returns random weights, with batch-norm statistics of generated clips.
  public func weights(seed: UInt64 = 1) throws -> [String: Tensor] {
    try RandomWeights.make(for: architecture().graph(), seed: seed, measuringOn: inputs(count: 4, seed: seed))
  }
}
