import IR
import Preprocessing
import Tensors

/// A model's file, `.accel`, is a safetensors file whose tensors are the weights, in the graph's own layouts and in 16
/// bits for fp16. The other parts are strings in its metadata: `format_version`, `graph` (JSON), `target` and
/// `precision` (of the deployable form), `preprocessing` (JSON: the recipe of the one input, or `inputs` with a recipe
/// for each name), `labels` (a JSON array), `name`, `source`, for int8 `quantisation` (JSON, ``QuantizationTable``), if
/// the model was tuned `tuning` (JSON, ``TunedKernels``), for one that takes frame after frame `steps` (JSON,
/// ``StepTiming``), and for the original form `architecture` (JSON).
extension Model {
  /// The latest version of the format; all versions up to it can be read. The second version added the original form
  /// and recipes of several inputs, the third graphs with states and with parameters that are not float32. A model is
  /// written in the earliest version that can represent it.
  public static let formatVersion = 3

  private var neededFormatVersion: Int {
    if !graph.states.isEmpty || graph.parameters.contains(where: { graph.type($0.value).elementType != .float32 }) {
      return 3
    }
    return isDeployable && graph.inputs.count == 1 ? 1 : 2
  }

  /// Writes the model as an `.accel` file, atomically; equal models give equal bytes.
  ///
  /// - Parameter path: The path of the file.
  /// - Throws: `GraphError` if the graph is not well-formed or a weight is missing, `NonFiniteWeights`, `FileError` if the file cannot
  ///   be written.
  public func write(to path: String) throws {
    try check()
    let paths = try quantization?.tensorTypes(for: graph).map(\.path) ?? graph.parameters.map(\.path)
    let tensors = NamedTensors(paths.compactMap { path in weights[path].map { (path, $0) } })
    var metadata = [
      AccelKey.formatVersion: "\(neededFormatVersion)",
      AccelKey.graph: try graph.encoded().text(), AccelKey.preprocessing: preprocessing.text(),
      AccelKey.labels: JSON(labels).text(), AccelKey.name: name, AccelKey.source: provenance.source,
    ]
    metadata[AccelKey.quantization] = quantization?.encoded.text()
    metadata[AccelKey.steps] = stepTiming?.encoded.text()
    if tuning != TunedKernels() { metadata[AccelKey.tuning] = tuning.encoded.text() }
    switch form {
    case .deployable(let target, let precision):
      metadata[AccelKey.target] = target
      metadata[AccelKey.precision] = precision.rawValue
    case .original:
      metadata[AccelKey.architecture] = provenance.architecture == .null ? nil : provenance.architecture.text()
    }
    try SafetensorsFile.write(tensors, metadata: metadata, to: path)
  }

  /// The recipes of the inputs as files contain them; null if none is known.
  public var preprocessing: JSON {
    let inputs = graph.inputTypes.compactMap { input in recipes[input.name].map { (input.name, $0.encoded) } }
    if graph.inputs.count == 1 { return inputs.first?.1 ?? .null }
    return inputs.isEmpty ? .null : ["inputs": .object(JSONObject(inputs))]
  }
}

/// The keys of the metadata.
enum AccelKey {
  static let formatVersion = "format_version"
  static let graph = "graph"
  static let target = "target"
  static let precision = "precision"
  static let quantization = "quantisation"
  static let preprocessing = "preprocessing"
  static let labels = "labels"
  static let name = "name"
  static let source = "source"
  static let tuning = "tuning"
  static let steps = "steps"
  static let architecture = "architecture"
}
