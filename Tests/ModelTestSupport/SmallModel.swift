import IR
import Architectures
import Tensors

/// A narrow X3D that runs in milliseconds: four frames of 32², five classes.
public enum SmallModel {
  /// The network.
  public static var architecture: Architecture {
    var options = X3DConfiguration()
    options.clipLength = 4
    options.cropSize = 32
    options.classCount = 5
    options.widthFactor = 1
    options.depthFactor = 1
    options.bottleneckFactor = 1.5
    options.headChannels = 24
    return .x3d(options)
  }

  /// What the classes are called.
  public static let labels = ["ant", "bee", "cat", "dog", "eel"]

  /// Weights for the network.
  public static func weights(seed: UInt64 = 1) throws -> [String: Tensor] {
    try RandomWeights.make(
      for: architecture.graph(), seed: seed, measuringOn: [RandomWeights.clips([2, 3, 4, 32, 32], seed: seed)])
  }
}
