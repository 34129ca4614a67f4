import IR

/// A network that this package can build, with its options: what a configuration file holds.
public enum Architecture: Sendable, Equatable {
  /// X3D.
  case x3d(X3DConfiguration)
  /// X3D of efficient blocks.
  case efficientX3D(EfficientX3DConfiguration)

  /// The names that ``init(named:)`` knows.
  public static let names = presets.map(\.name)

  private static let presets: [(name: String, architecture: Architecture)] = [
    ("x3d_xs", .x3d(.xs)), ("x3d_s", .x3d(.s)), ("x3d_m", .x3d(.m)), ("x3d_l", .x3d(.l)),
    ("efficient_x3d_xs", .efficientX3D(.init(.xs))), ("efficient_x3d_s", .efficientX3D(.init(.s))),
    ("efficient_x3d_m", .efficientX3D(.init(.m))), ("efficient_x3d_l", .efficientX3D(.init(.l))),
  ]

  /// A network by its name in the model zoo.
  ///
  /// - Throws: ``ModelError/unknownArchitecture(_:known:)``.
  public init(named name: String) throws(ModelError) {
    guard let preset = Self.presets.first(where: { $0.name == name }) else {
      throw .unknownArchitecture(name, known: Self.names)
    }
    self = preset.architecture
  }

  /// Classes of the classifier.
  public var classCount: Int {
    get {
      switch self {
      case .x3d(let options): options.classCount
      case .efficientX3D(let options): options.classCount
      }
    }
    set {
      switch self {
      case .x3d(var options):
        options.classCount = newValue
        self = .x3d(options)
      case .efficientX3D(var options):
        options.classCount = newValue
        self = .efficientX3D(options)
      }
    }
  }

  /// The same network with a head for clips of other lengths and sizes: what X3D's pooling window covers. Weights stay.
  public func fitting(frameCount: Int, cropSize: Int) -> Architecture {
    guard case .x3d(var options) = self else { return self }
    options.clipLength = frameCount
    options.cropSize = cropSize
    return .x3d(options)
  }

  /// Where the network ends.
  public var head: ModelHead {
    get {
      switch self {
      case .x3d(let options): options.head
      case .efficientX3D(let options): options.head
      }
    }
    set {
      switch self {
      case .x3d(var options):
        options.head = newValue
        self = .x3d(options)
      case .efficientX3D(var options):
        options.head = newValue
        self = .efficientX3D(options)
      }
    }
  }

  /// The network's graph in original form, for clips of any number, length and size.
  ///
  /// - Throws: ``ModelError`` if the options do not make a network, `GraphError` if its layers do not fit together.
  public func graph() throws -> Graph {
    let graph: Graph
    switch self {
    case .x3d(let options):
      let network = try X3D(options)
      graph = .build(input: .clip(channels: options.inputChannels)) { network.forward($0) }
    case .efficientX3D(let options):
      let network = try EfficientX3D(options)
      graph = .build(input: .clip(channels: 3)) { network.forward($0) }
    }
    try graph.verify()
    return graph
  }
}

extension Architecture: Codable {
  private enum Key: String, CodingKey {
    case architecture, configuration
  }

  /// Reads `{"architecture": NAME, "configuration": {…}}`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    switch try container.decode(String.self, forKey: .architecture) {
    case "x3d": self = .x3d(try container.decode(X3DConfiguration.self, forKey: .configuration))
    case "efficient_x3d":
      self = .efficientX3D(try container.decode(EfficientX3DConfiguration.self, forKey: .configuration))
    case let name: throw ModelError.unknownArchitecture(name, known: ["x3d", "efficient_x3d"])
    }
  }

  /// Writes `{"architecture": NAME, "configuration": {…}}`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .x3d(let options):
      try container.encode("x3d", forKey: .architecture)
      try container.encode(options, forKey: .configuration)
    case .efficientX3D(let options):
      try container.encode("efficient_x3d", forKey: .architecture)
      try container.encode(options, forKey: .configuration)
    }
  }
}
