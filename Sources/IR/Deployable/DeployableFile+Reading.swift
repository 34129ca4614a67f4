import Tensors

extension DeployableFile {
  /// Opens a file; its weights stay on the disk until they are used.
  ///
  /// - Throws: ``DeployableFileError`` that says what is wrong with the contents; `FileError` if the file cannot be opened.
  public init(path: String) throws { try self.init(MappedFile(path: path)) }

  /// Reads a mapped file; throws as ``init(path:)`` does.
  public init(_ file: MappedFile) throws {
    let path = file.path
    guard SafetensorsFile.matches(file) else {
      throw DeployableFileError.notDeployable(path: path, reason: "it does not start with a header")
    }
    let contents = try SafetensorsFile(file)
    try Self.checkVersion(contents.metadata[Key.formatVersion], path: path)
    func required(_ key: String) throws -> String {
      guard let value = contents.metadata[key] else {
        throw DeployableFileError.damaged(path: path, reason: "it has no \(key)")
      }
      return value
    }
    let precision = try required(Key.precision)
    guard let format = Precision(rawValue: precision) else {
      throw DeployableFileError.damaged(path: path, reason: "its precision is \(precision.quoted), which is not known")
    }
    let graph = try Self.graph(required(Key.graph), path: path)
    let quantization = try format == .int8 ? Self.quantization(required(Key.quantization), path: path) : nil
    let weights = try Self.weights(for: graph, quantization, in: contents.tensors, path: path)
    let labels = try Self.json(required(Key.labels), Key.labels, path: path)
    self.init(
      graph: graph, weights: weights, target: try required(Key.target), precision: format,
      name: try required(Key.name), source: contents.metadata[Key.source] ?? "", quantization: quantization,
      preprocessing: try Self.json(required(Key.preprocessing), Key.preprocessing, path: path).json,
      labels: try labels.strings(),
      tuning: try contents.metadata[Key.tuning].map { try Self.json($0, Key.tuning, path: path).json } ?? .null)
  }

  /// Whether the file looks like one in deployable form, whole or not.
  public static func matches(_ file: MappedFile) -> Bool {
    // By its name too, so that of a cut-off or damaged file it is said that it is cut off or damaged.
    if file.path.hasSuffix(".accel") { return true }
    guard SafetensorsFile.matches(file), let contents = try? SafetensorsFile(file) else { return false }
    return contents.metadata[Key.formatVersion] != nil && contents.metadata[Key.graph] != nil
  }

  private static func checkVersion(_ text: String?, path: String) throws(DeployableFileError) {
    guard let text else {
      throw .notDeployable(path: path, reason: "it is a safetensors file without \(Key.formatVersion)")
    }
    guard let version = Int(text), version >= 1 else {
      throw .damaged(path: path, reason: "its \(Key.formatVersion) is \(text.quoted), not a number")
    }
    guard version <= formatVersion else { throw .newerVersion(path: path, found: version, known: formatVersion) }
  }

  private static func json(_ text: String, _ key: String, path: String) throws -> JSONField {
    let place = "\(path), \(key)"
    return try JSON(parsing: Array(text.utf8), path: place).document(path: place)
  }

  private static func graph(_ text: String, path: String) throws -> Graph {
    do {
      return try Graph(decoding: json(text, Key.graph, path: path))
    } catch let error as GraphError {
      throw DeployableFileError.damaged(path: path, reason: "\(error)")
    }
  }

  private static func quantization(_ text: String, path: String) throws -> QuantizationTable {
    try QuantizationTable(decoding: json(text, Key.quantization, path: path))
  }

  private static func weights(
    for graph: Graph, _ quantization: QuantizationTable?, in tensors: NamedTensors, path: String
  ) throws -> [String: Tensor] {
    do {
      let types =
        try quantization?.tensorTypes(for: graph) ?? graph.parameters.map { ($0.path, graph.type($0.value)) }
      let missing = types.map(\.path).filter { tensors[$0] == nil }
      guard missing.isEmpty else { throw DeployableFileError.missingTensors(path: path, names: missing) }
      var weights: [String: Tensor] = [:]
      for (name, expected) in types {
        guard let tensor = tensors[name] else { continue }
        guard quantization == nil ? expected.admits(tensor) : expected == ValueType(tensor) else {
          throw DeployableFileError.damaged(
            path: path, reason: "the tensor \(name.quoted) is \(tensor), not \(expected)")
        }
        weights[name] = tensor
      }
      try quantization?.check(weights: weights, for: graph)
      return weights
    } catch let error as GraphError {
      throw DeployableFileError.damaged(path: path, reason: "\(error)")
    }
  }
}

/// A file that should be a model in deployable form, and is not.
public enum DeployableFileError: UserFacingError, Equatable {
  /// Something else.
  case notDeployable(path: String, reason: String)
  /// Written by a later version of this package.
  case newerVersion(path: String, found: Int, known: Int)
  /// A part that is not what it should be.
  case damaged(path: String, reason: String)
  /// Tensors that the graph needs and the file does not hold.
  case missingTensors(path: String, names: [String])

  /// One sentence that names the file and what is wrong with it.
  public var description: String {
    switch self {
    case .notDeployable(let path, let reason): "\(path) is not a deployable model (.accel): \(reason)"
    case .newerVersion(let path, let found, let known):
      "\(path) has the format version \(found), but this version reads up to \(known): update, or deploy the model again"
    case .damaged(let path, let reason): "\(path) is damaged: \(reason)"
    case .missingTensors(let path, let names):
      "\(path) is damaged: \(names.count) tensors are missing, \(names.prefix(3).map(\.quoted).joined(separator: ", "))"
        + (names.count > 3 ? " and others" : "")
    }
  }
}
