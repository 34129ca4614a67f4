import IR

/// The options of a network of one family, such as X3D, from which its graph is built.
///
/// To add a family: a type that conforms to this, and its row in ``Architecture/families``; its published sizes are rows of
/// ``Architecture/presets``.
public protocol NetworkConfiguration: Sendable, Codable, Equatable {
  /// The family's name in configuration files, as in `x3d`.
  static var family: String { get }
  /// Classes of the classifier.
  var classCount: Int { get set }
  /// Where the network ends.
  var head: ModelHead { get set }
  /// Changes what depends on the length and size of clips, and leaves the parameters as they are.
  ///
  /// - Parameters:
  ///   - frameCount: Frames of a clip.
  ///   - cropSize: Height and width of a clip, in pixels.
  mutating func fit(frameCount: Int, cropSize: Int)
  /// The network in original form, for clips of any number, length and size.
  ///
  /// - Throws: ``ArchitectureError`` if the options do not make a network.
  func network() throws -> Graph
}

extension NetworkConfiguration {
  /// Whether the other configuration is of the same family and has the same options.
  func isEqual(to other: any NetworkConfiguration) -> Bool { (other as? Self) == self }
}

extension X3DConfiguration: NetworkConfiguration {
  /// `x3d`.
  public static let family = "x3d"

  /// Sets what X3D's pooling window covers.
  public mutating func fit(frameCount: Int, cropSize: Int) {
    clipLength = frameCount
    self.cropSize = cropSize
  }

  /// X3D's graph.
  public func network() throws -> Graph {
    let network = try X3D(self)
    return .build(input: .clip(channels: inputChannels)) { network.forward($0) }
  }
}

extension EfficientX3DConfiguration: NetworkConfiguration {
  /// `efficient_x3d`.
  public static let family = "efficient_x3d"

  /// Nothing: its head pools adaptively.
  public mutating func fit(frameCount: Int, cropSize: Int) {}

  /// EfficientX3D's graph.
  public func network() throws -> Graph {
    let network = try EfficientX3D(self)
    return .build(input: .clip(channels: 3)) { network.forward($0) }
  }
}
