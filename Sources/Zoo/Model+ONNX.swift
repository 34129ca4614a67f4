import Formats
import IR
import Models
import Preprocessing
import Tensors

extension Model {
  /// Creates a model in original form of an ONNX file, with the preprocessing and labels that are in its metadata, if the
  /// package wrote it; other files have neither.
  ///
  /// ```swift
  /// let model = try Model(importing: ONNXImport(contentsOf: "r3d_18.onnx"), name: "r3d_18")
  /// ```
  ///
  /// - Parameters:
  ///   - imported: The contents of the file.
  ///   - name: The name that users know the model by.
  /// - Throws: `ONNXImportError` for a network with states that the package exported; `GraphError` if the graph is not well-formed, `NonFiniteWeights`, `FormatError` for damaged metadata.
  public init(importing imported: ONNXImport, name: String) throws {
    func document(_ key: String) throws -> JSONField? {
      guard let text = imported.metadata[key] else { return nil }
      return try JSON(parsing: Array(text.utf8), path: "\(name), \(key)").document(path: "\(name), \(key)")
    }
    guard imported.metadata["states"] == nil else {
      let reason = "its states became inputs and outputs when it was exported: open the .accel file that it was made of"
      throw ONNXImportError(path: name, problems: [.init(operation: "", nodes: [], reason: reason)])
    }
    let source = imported.producer.isEmpty ? "an ONNX file" : "an ONNX file by \(imported.producer)"
    try self.init(
      name: name, graph: imported.graph, weights: imported.weights,
      recipes: document("preprocessing").map { try Model.recipes(decoding: $0, for: imported.graph) } ?? [:],
      labels: document("labels")?.strings() ?? [],
      provenance: Provenance(source: imported.metadata["source"] ?? source))
    try check()
  }
}

extension ModelRequest {
  /// Returns the path of the request's ONNX file; nil if it is none.
  var onnxPath: String? {
    guard !Self.names.contains(model), let file = try? MappedFile(path: model), ONNXImport.matches(file) else {
      return nil
    }
    return model
  }

  /// Returns the model of an ONNX file.
  func importedModel(_ path: String) throws -> Model {
    if checkpoint != nil || classCount != nil || randomWeights != nil {
      throw ModelRequestError.ownWeights(model: model)
    }
    if head != .classifier { throw ModelRequestError.noFeatures(model: model) }
    let name = FileSystem.name(of: path)
    var result = try Model(
      importing: ONNXImport(contentsOf: path, inputShapes: inputShapes),
      name: name.lowercased().hasSuffix(".onnx") ? String(name.dropLast(5)) : name)
    if let labels { result.labels = labels }
    try result.check()
    return result
  }
}
