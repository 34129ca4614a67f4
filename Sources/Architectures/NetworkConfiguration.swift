import IR

/// The options of a network of one family, such as X3D, from which its graph is built.
///
/// To add a family, write a type that conforms to this, and add its row to `Architecture.families`; its published sizes
/// are rows of `Architecture.presets`.
public protocol NetworkConfiguration: Sendable, Codable, Equatable {
  /// The family's name in configuration files, as in `x3d`.
  static var family: String { get }
  /// The number of classes of the classifier.
  var classCount: Int { get set }
  /// Where the network ends.
  var head: ModelHead { get set }
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
  /// Returns whether the other configuration is of the same family and has the same options.
  func isEqual(to other: any NetworkConfiguration) -> Bool { (other as? Self) == self }
}

extension X3DConfiguration: NetworkConfiguration {
  /// `x3d`.
  public static let family = "x3d"

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

  /// Does nothing, as its head pools adaptively.
  public mutating func fit(frameCount: Int, cropSize: Int) {}

  /// Returns EfficientX3D's graph.
  public func network() throws -> Graph {
    let network = try EfficientX3D(self)
    return .build(input: .clip(channels: 3)) { network.forward($0) }
  }
}
