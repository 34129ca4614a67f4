import Tensors

/// A model in deployable form as a file, `.accel`: all that a device needs to run it.
///
/// A safetensors file: the weights are its tensors, in the graph's own layouts and in 16 bits for fp16, and the rest are
/// strings in its metadata, under the keys `format_version`, `graph` (JSON), `target`, `precision`, `preprocessing` (JSON),
/// `labels` (a JSON array), `name`, `source`, for int8 `quantisation` (JSON, ``QuantizationTable``) and, if the model was
/// tuned, `tuning` (JSON). The target is a hint: the file runs on every CPU.
public struct DeployableFile: Sendable {
  /// The format that this version writes; it reads all up to this one.
  public static let formatVersion = 1

  /// What is computed.
  public let graph: Graph
  /// The graph's parameters, and for int8 their scales, by path; mapped from the file if they were read.
  public let weights: [String: Tensor]
  /// The target device that it was made for.
  public let target: String
  /// The number format that it runs in.
  public let precision: Precision
  /// How its values stand for real numbers; nil if they are floating-point numbers.
  public let quantization: QuantizationTable?
  /// The model's name.
  public let name: String
  /// Where the weights come from, for people.
  public let source: String
  /// What the model wants of a clip; null if nothing is known.
  public let preprocessing: JSON
  /// What each class is called; empty if it is no classifier.
  public let labels: [String]
  /// Which kernels are fastest for it on which processors, as the tuner writes it; null if nothing is known.
  public let tuning: JSON

  /// A file's contents.
  public init(
    graph: Graph, weights: [String: Tensor], target: String, precision: Precision, name: String, source: String = "",
    quantization: QuantizationTable? = nil, preprocessing: JSON = .null, labels: [String] = [], tuning: JSON = .null
  ) {
    self.graph = graph
    self.weights = weights
    self.target = target
    self.precision = precision
    self.quantization = quantization
    self.name = name
    self.source = source
    self.preprocessing = preprocessing
    self.labels = labels
    self.tuning = tuning
  }

  /// The same model with another tuning.
  public func with(tuning: JSON) -> DeployableFile {
    DeployableFile(
      graph: graph, weights: weights, target: target, precision: precision, name: name, source: source,
      quantization: quantization, preprocessing: preprocessing, labels: labels, tuning: tuning)
  }

  /// Writes the file, whole or not at all; equal contents give equal bytes.
  ///
  /// - Throws: `GraphError` if the graph is not well-formed or a weight is missing, ``NonFiniteWeights``, `FileError` if the file cannot
  ///   be written.
  public func write(to path: String) throws {
    var paths = graph.parameters.map(\.path)
    if let quantization {
      try quantization.check(weights: weights, for: graph)
      paths = try quantization.tensorTypes(for: graph).map(\.path)
    } else {
      try graph.check(weights: weights)
    }
    try weights.checkFinite(of: name)
    let tensors = NamedTensors(paths.compactMap { path in weights[path].map { (path, $0) } })
    var metadata = [
      Key.formatVersion: "\(Self.formatVersion)", Key.graph: try graph.encoded().text(), Key.target: target,
      Key.precision: precision.rawValue, Key.preprocessing: preprocessing.text(), Key.labels: JSON(labels).text(),
      Key.name: name, Key.source: source,
    ]
    metadata[Key.quantization] = quantization?.encoded.text()
    if tuning != .null { metadata[Key.tuning] = tuning.text() }
    try SafetensorsFile.write(tensors, metadata: metadata, to: path)
  }

  /// The weights as float32, or float16, whatever the file holds them as.
  ///
  /// - Throws: `GraphError` if tensors are missing or of other types.
  public func floatWeights() throws(GraphError) -> [String: Tensor] {
    try quantization?.floatWeights(weights, for: graph) ?? weights
  }

  /// The metadata's keys.
  enum Key {
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
  }
}
