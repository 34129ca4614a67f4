import IR

/// A network that can be built, with its options, as in `config.json`.
public struct Architecture: Sendable {
  /// The options.
  public var configuration: any NetworkConfiguration

  /// Creates a network with options.
  public init(_ configuration: any NetworkConfiguration) { self.configuration = configuration }

  /// X3D with options.
  public static func x3d(_ configuration: X3DConfiguration) -> Architecture { Architecture(configuration) }

  /// X3D of efficient blocks with options.
  public static func efficientX3D(_ configuration: EfficientX3DConfiguration) -> Architecture {
    Architecture(configuration)
  }

  /// A 3D ResNet with options.
  public static func resNet(_ configuration: ResNetConfiguration) -> Architecture { Architecture(configuration) }

  /// SlowFast with options.
  public static func slowFast(_ configuration: SlowFastConfiguration) -> Architecture { Architecture(configuration) }

  /// MoViNet with options.
  public static func moViNet(_ configuration: MoViNetConfiguration) -> Architecture { Architecture(configuration) }

  /// The families that configuration files may name.
  static let families: [any NetworkConfiguration.Type] = [
    X3DConfiguration.self, EfficientX3DConfiguration.self, ResNetConfiguration.self, SlowFastConfiguration.self,
    MoViNetConfiguration.self, TransNetV2Configuration.self,
  ]

  /// The networks that have a name.
  static let presets: [(name: String, architecture: Architecture)] = [
    ("x3d_xs", .x3d(.xs)), ("x3d_s", .x3d(.s)), ("x3d_m", .x3d(.m)), ("x3d_l", .x3d(.l)),
    ("efficient_x3d_xs", .efficientX3D(.init(.xs))), ("efficient_x3d_s", .efficientX3D(.init(.s))),
    ("efficient_x3d_m", .efficientX3D(.init(.m))), ("efficient_x3d_l", .efficientX3D(.init(.l))),
    ("c2d_r50", .resNet(.c2dR50)), ("i3d_r50", .resNet(.i3dR50)), ("slow_r50", .resNet(.slowR50)),
    ("csn_r101", .resNet(.csnR101)), ("r2plus1d_r50", .resNet(.r2plus1dR50)),
    ("slowfast_r50", .slowFast(.r50)), ("slowfast_r101", .slowFast(.r101)),
    ("slowfast_16x8_r101_50_50", .slowFast(.r101x16)),
    ("movinet_a0_base", .moViNet(.a0)), ("movinet_a1_base", .moViNet(.a1)), ("movinet_a2_base", .moViNet(.a2)),
    ("movinet_a0_causal", .moViNet(.a0.seeingPastFrames(.causal))),
    ("movinet_a1_causal", .moViNet(.a1.seeingPastFrames(.causal))),
    ("movinet_a2_causal", .moViNet(.a2.seeingPastFrames(.causal))),
    ("movinet_a0_stream", .moViNet(.a0.seeingPastFrames(.stream))),
    ("movinet_a1_stream", .moViNet(.a1.seeingPastFrames(.stream))),
    ("movinet_a2_stream", .moViNet(.a2.seeingPastFrames(.stream))),
    ("transnetv2", Architecture(TransNetV2Configuration())),
  ]

  /// The names that ``init(named:)`` accepts.
  public static let names = presets.map(\.name)

  /// Creates a network by its name in the model zoo.
  ///
  /// - Throws: ``ArchitectureError/unknownArchitecture(_:known:)``.
  public init(named name: String) throws(ArchitectureError) {
    guard let preset = Self.presets.first(where: { $0.name == name }) else {
      throw .unknownArchitecture(name, known: Self.names)
    }
    self = preset.architecture
  }

  /// The family's name, as in `x3d`.
  public var family: String { type(of: configuration).family }

  /// The shapes of the inputs for one clip, if they are always the same; nil if they follow from a recipe for clips.
  public var inputShapes: [[Int]]? { configuration.inputShapes }

  /// The number of classes of the classifier; 0 for a network that has no classes.
  public var classCount: Int {
    get { configuration.classCount }
    set { configuration.classCount = newValue }
  }

  /// Where the network ends.
  public var head: ModelHead {
    get { configuration.head }
    set { configuration.head = newValue }
  }

  /// For each input, in order: the number of the clip's frames for each frame of its own.
  public var frameStrides: [Int] { configuration.frameStrides }

  /// Returns the same network for clips of another length and size; its parameters do not change.
  ///
  /// - Parameters:
  ///   - frameCount: The number of frames in a clip.
  ///   - cropSize: The height and width of a clip in pixels.
  public func fitting(frameCount: Int, cropSize: Int) -> Architecture {
    var result = self
    result.configuration.fit(frameCount: frameCount, cropSize: cropSize)
    return result
  }

  /// Returns the network's graph in original form, for clips of any number, length and size.
  ///
  /// - Throws: ``ArchitectureError`` if the options are invalid, `GraphError` if its layers do not fit together.
  public func graph() throws -> Graph {
    let graph = try configuration.network()
    try graph.verify()
    return graph
  }
}

extension Architecture: Equatable {
  /// Returns whether both are of the same family and have the same options.
  public static func == (left: Architecture, right: Architecture) -> Bool {
    left.configuration.isEqual(to: right.configuration)
  }
}

extension Architecture: Codable {
  private enum Key: String, CodingKey {
    case architecture, configuration
  }

  /// Reads `{"architecture": FAMILY, "configuration": {…}}`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let name = try container.decode(String.self, forKey: .architecture)
    guard let family = Self.families.first(where: { $0.family == name }) else {
      throw ArchitectureError.unknownArchitecture(name, known: Self.families.map { $0.family })
    }
    configuration = try container.decode(family, forKey: .configuration)
  }

  /// Writes `{"architecture": FAMILY, "configuration": {…}}`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(family, forKey: .architecture)
    try container.encode(configuration, forKey: .configuration)
  }
}
