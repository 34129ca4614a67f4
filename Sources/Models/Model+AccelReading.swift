import IR
import Preprocessing
import Tensors

extension Model {
  /// Opens an `.accel` file; its weights are read from the disk when they are used.
  ///
  /// - Parameter path: The path of the file.
  /// - Throws: ``ModelError`` or `FormatError` if the contents are not valid; `FileError` if the file cannot be opened.
  public init(contentsOf path: String) throws { try self.init(MappedFile(path: path)) }

  /// Reads a mapped `.accel` file.
  ///
  /// - Throws: As ``init(contentsOf:)``.
  public init(_ file: MappedFile) throws {
    let path = file.path
    guard SafetensorsFile.matches(file) else {
      throw ModelError.notAModel(path: path, reason: "it does not start with a header")
    }
    let contents = try SafetensorsFile(file)
    let version = try Self.version(contents.metadata[AccelKey.formatVersion], path: path)
    func required(_ key: String) throws -> String {
      guard let value = contents.metadata[key] else {
        throw ModelError.damaged(path: path, reason: "it has no \(key)")
      }
      return value
    }
    let isOriginal = version > 1 && contents.metadata[AccelKey.target] == nil
    let form =
      isOriginal
      ? Form.original
      : .deployable(
        target: try required(AccelKey.target), precision: try Self.precision(required(AccelKey.precision), path: path))
    let graph = try Self.graph(required(AccelKey.graph), path: path)
    let quantization: QuantizationTable? =
      if case .deployable(_, .int8) = form {
        try QuantizationTable(decoding: Self.json(required(AccelKey.quantization), AccelKey.quantization, path: path))
      } else {
        nil
      }
    let optional = { (key: String) in try contents.metadata[key].map { try Self.json($0, key, path: path) } }
    self.init(
      name: try required(AccelKey.name), graph: graph,
      weights: try Self.weights(for: graph, quantization, in: contents.tensors, path: path), form: form,
      quantization: quantization,
      recipes: try Self.recipes(
        Self.json(required(AccelKey.preprocessing), AccelKey.preprocessing, path: path), graph, path: path),
      labels: try Self.json(required(AccelKey.labels), AccelKey.labels, path: path).strings(),
      tuning: try optional(AccelKey.tuning).map { try TunedKernels(decoding: $0) } ?? TunedKernels(),
      provenance: Provenance(
        source: contents.metadata[AccelKey.source] ?? "",
        architecture: try optional(AccelKey.architecture)?.json ?? .null))
    stepTiming = try optional(AccelKey.steps).map { try StepTiming(decoding: $0) }
  }

  /// Returns whether a file looks like an `.accel` file, even a truncated one.
  public static func matches(_ file: MappedFile) -> Bool {
    // The name counts too, so that the error for a truncated or damaged file says so.
    if file.path.hasSuffix(".accel") { return true }
    guard SafetensorsFile.matches(file), let contents = try? SafetensorsFile(file) else { return false }
    return contents.metadata[AccelKey.formatVersion] != nil && contents.metadata[AccelKey.graph] != nil
  }

  private static func version(_ text: String?, path: String) throws(ModelError) -> Int {
    guard let text else {
      throw .notAModel(path: path, reason: "it is a safetensors file without \(AccelKey.formatVersion)")
    }
    guard let version = Int(text), version >= 1 else {
      throw .damaged(path: path, reason: "its \(AccelKey.formatVersion) is \(text.quoted), not a number")
    }
    guard version <= formatVersion else { throw .newerVersion(path: path, found: version, known: formatVersion) }
    return version
  }

  private static func precision(_ text: String, path: String) throws(ModelError) -> Precision {
    guard let precision = Precision(rawValue: text) else {
      throw .damaged(path: path, reason: "its precision is \(text.quoted), which is not known")
    }
    return precision
  }

  private static func json(_ text: String, _ key: String, path: String) throws -> JSONField {
    let place = "\(path), \(key)"
    return try JSON(parsing: Array(text.utf8), path: place).document(path: place)
  }

  private static func graph(_ text: String, path: String) throws -> Graph {
    do {
      return try Graph(decoding: json(text, AccelKey.graph, path: path))
    } catch let error as GraphError {
      throw ModelError.damaged(path: path, reason: "\(error)")
    }
  }

  private static func recipes(_ field: JSONField, _ graph: Graph, path: String) throws -> [String: ClipRecipe] {
    do { return try recipes(decoding: field, for: graph) } catch let error as PreprocessingError {
      throw ModelError.damaged(path: path, reason: "\(error)")
    }
  }

  /// Returns the recipes that ``preprocessing`` wrote, by the inputs' names: of the one input, or under `inputs`.
  ///
  /// - Throws: `FormatError` that names the key, `PreprocessingError` if a value is out of range.
  package static func recipes(decoding field: JSONField, for graph: Graph) throws -> [String: ClipRecipe] {
    if field.json == .null { return [:] }
    let names = graph.inputTypes.map(\.name)
    guard names.count != 1 else { return [names[0]: try ClipRecipe(decoding: field)] }
    var recipes: [String: ClipRecipe] = [:]
    for (name, recipe) in try field.required("inputs").entries() {
      guard names.contains(name) else { throw recipe.error("is not one of the graph's inputs") }
      recipes[name] = try ClipRecipe(decoding: recipe)
    }
    return recipes
  }

  private static func weights(
    for graph: Graph, _ quantization: QuantizationTable?, in tensors: NamedTensors, path: String
  ) throws -> [String: Tensor] {
    do {
      let types =
        try quantization?.tensorTypes(for: graph) ?? graph.parameters.map { ($0.path, graph.type($0.value)) }
      let missing = types.map(\.path).filter { tensors[$0] == nil }
      guard missing.isEmpty else { throw ModelError.missingTensors(path: path, names: missing) }
      var weights: [String: Tensor] = [:]
      for (name, expected) in types {
        guard let tensor = tensors[name] else { continue }
        guard quantization == nil ? expected.admits(tensor) : expected == ValueType(tensor) else {
          throw ModelError.damaged(
            path: path, reason: "the tensor \(name.quoted) is \(tensor), not \(expected)")
        }
        weights[name] = tensor
      }
      try quantization?.check(weights: weights, for: graph)
      return weights
    } catch let error as GraphError {
      throw ModelError.damaged(path: path, reason: "\(error)")
    }
  }
}
