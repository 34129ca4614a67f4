import IR

/// The options of a network of one family, such as X3D, from which its graph is built.
///
/// To add a family, write a type that conforms to this, and add its row to `Architecture.families`; its published sizes
/// are rows of `Architecture.presets`.
public protocol NetworkConfiguration: Sendable, Codable, Equatable {
  /// The family's name in configuration files, as in `x3d`.
  static var family: String { get }
  /// The number of classes of the classifier; 0 for a network that has no classes.
  var classCount: Int { get set }
  /// Where the network ends.
  var head: ModelHead { get set }
  /// The shapes of the inputs for one clip, if they are always the same; nil if they follow from a recipe for clips.
  var inputShapes: [[Int]]? { get }
  /// For each input, in order: the number of the clip's frames for each frame of its own. Networks of one pathway have `[1]`.
  var frameStrides: [Int] { get }
  /// Changes the options that depend on the length and size of clips, without changing the parameters.
  ///
  /// - Parameters:
  ///   - frameCount: The number of frames in a clip.
  ///   - cropSize: The height and width of a clip in pixels.
  mutating func fit(frameCount: Int, cropSize: Int)
  /// Returns the network in original form, for clips of any number, length and size.
  ///
  /// - Throws: ``ArchitectureError`` if the options are invalid.
  func network() throws -> Graph
}

extension NetworkConfiguration {
  /// nil: most networks take clips of any length and size.
  public var inputShapes: [[Int]]? { nil }

  /// Returns whether the other configuration is of the same family and has the same options.
  func isEqual(to other: any NetworkConfiguration) -> Bool { (other as? Self) == self }
}

extension X3DConfiguration: NetworkConfiguration {
  /// `x3d`.
  public static let family = "x3d"

  /// One input with all frames.
  public var frameStrides: [Int] { [1] }

  /// Sets the size that X3D's pooling window covers.
  public mutating func fit(frameCount: Int, cropSize: Int) {
    clipLength = frameCount
    self.cropSize = cropSize
  }

  /// Returns X3D's graph.
  public func network() throws -> Graph {
    let network = try X3D(self)
    return .build(input: .clip(channels: inputChannels)) { network.forward($0) }
  }
}

extension EfficientX3DConfiguration: NetworkConfiguration {
  /// `efficient_x3d`.
  public static let family = "efficient_x3d"

  /// One input with all frames.
  public var frameStrides: [Int] { [1] }

  /// Does nothing, as its head pools adaptively.
  public mutating func fit(frameCount: Int, cropSize: Int) {}

  /// Returns EfficientX3D's graph.
  public func network() throws -> Graph {
    let network = try EfficientX3D(self)
    return .build(input: .clip(channels: 3)) { network.forward($0) }
  }
}

extension TransNetV2Configuration: NetworkConfiguration {
  /// `transnetv2`.
  public static let family = "transnetv2"

  /// Both inputs have all frames.
  public var frameStrides: [Int] { [1, 1] }

  /// Those of 100 frames, as in training.
  public var inputShapes: [[Int]]? {
    [
      [1, 3, TransNetV2.clipLength, TransNetV2.height, TransNetV2.width],
      [1, TransNetV2.colorCount, TransNetV2.clipLength, 1, 1],
    ]
  }

  /// Does nothing, as frames have one size, and clips any length.
  public mutating func fit(frameCount: Int, cropSize: Int) {}

  /// Returns TransNet V2's graph.
  public func network() throws -> Graph {
    let network = try TransNetV2(self)
    return .build(inputs: TransNetV2.inputs) { inputs in
      let scores = network.forward(clip: inputs[0], histograms: inputs[1])
      return [scores.oneHot, scores.manyHot]
    }
  }
}
