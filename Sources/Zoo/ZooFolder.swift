import Models
import Foundation
import IR
import Formats
import Architectures
import Preprocessing
import Tensors

/// A model on disk, as a folder: `config.json` (architecture and labels), `preprocessor_config.json` (the clip that all inputs
/// are made of) and `model.safetensors`.
///
/// The file names and keys follow Hugging Face's conventions. The files must be consistent.
public struct ZooFolder: Sendable {
  /// The options of the network.
  public let architecture: Architecture
  /// How its clips are made.
  public let recipe: ClipRecipe
  /// The names of the classes.
  public let labels: [String]
  /// The folder.
  public let path: String

  /// The path of the weights, whether or not they exist.
  public var weightsPath: String { "\(path)/model.safetensors" }
  /// Whether the folder contains weights, and not only an architecture.
  public var hasWeights: Bool { FileSystem.exists(weightsPath) }

  /// Reads the configuration; the weights stay on disk.
  ///
  /// - Throws: `FileError` or `FormatError` that names the file and the key.
  public init(path: String) throws {
    let configPath = "\(path)/config.json"
    guard FileSystem.exists(configPath) || !FileSystem.isFolder(path) else {
      throw FileError(path: path, reason: "is a folder without config.json, so it is not a model's")
    }
    let config = try JSON(contentsOf: configPath).document(path: configPath)
    architecture = try config.decode(Architecture.self)
    labels = try Self.labels(config.required("id2label"), count: architecture.classCount)
    let recipePath = "\(path)/preprocessor_config.json"
    recipe = try ClipRecipe(contentsOf: recipePath)
    self.path = path
  }

  private static func labels(_ field: JSONField, count: Int) throws -> [String] {
    var labels = [String?](repeating: nil, count: count)
    for (key, label) in try field.entries() {
      guard let index = Int(key), labels.indices.contains(index) else {
        throw label.error("is not one of the \(count) classes of the architecture")
      }
      labels[index] = try label.string()
    }
    guard case let found = labels.compactMap({ $0 }), found.count == count else {
      throw field.error("has labels for \(labels.count { $0 != nil }) of the architecture's \(count) classes")
    }
    return found
  }

  /// Writes a model as a folder.
  ///
  /// - Parameters:
  ///   - architecture: The options of the network.
  ///   - recipe: How its clips are made.
  ///   - labels: The names of the classes.
  ///   - weights: The weights by path; nil for an architecture alone.
  ///   - path: The folder, which is made if it does not exist; files of these names in it are replaced, each as a
  ///     whole.
  /// - Throws: `FileError` if the folder cannot be written, `NonFiniteWeights`.
  public static func write(
    architecture: Architecture, recipe: ClipRecipe, labels: [String], weights: [String: Tensor]?, to path: String
  ) throws {
    try weights?.checkFinite(of: FileSystem.name(of: path))
    try FileSystem.makeFolder(path)
    guard case .object(var config) = try JSON(encoding: architecture) else { return }
    config["id2label"] = .object(JSONObject(labels.enumerated().map { ("\($0)", .string($1)) }))
    try write(.object(config), to: "\(path)/config.json")
    try write(recipe.encoded, to: "\(path)/preprocessor_config.json")
    if let weights {
      try SafetensorsFile.write(
        NamedTensors(weights.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }), to: "\(path)/model.safetensors")
    }
  }

  private static func write(_ json: JSON, to path: String) throws {
    try AtomicFile.write(to: path) { try $0.append(Array((json.text(pretty: true) + "\n").utf8)) }
  }
}

extension Model {
  /// Writes the model as a zoo folder, from which `Model(_:)` reads it.
  ///
  /// - Parameter path: The folder; created if it does not exist.
  /// - Throws: ``ModelRequestError/noArchitecture(model:)`` if the model is not of a registered architecture or is in deployable
  ///   form (`write(to:)` makes an `.accel` file of any model), `ModelError.noRecipe(model:)`, `NonFiniteWeights`, `FileError` if the
  ///   folder cannot be written.
  public func write(toFolder path: String) throws {
    guard !isDeployable else { throw ModelRequestError.noArchitecture(model: name) }
    try ZooFolder.write(
      architecture: architecture(), recipe: requiredRecipe(), labels: labels, weights: weights, to: path)
  }
}

extension ClipRecipe {
  /// Reads a recipe from a `preprocessor_config.json`.
  ///
  /// - Parameter path: The file.
  /// - Throws: `FileError` if it cannot be read, `FormatError` that names the key, `PreprocessingError` if a value is out of
  ///   range.
  public init(contentsOf path: String) throws {
    try self.init(decoding: JSON(contentsOf: path).document(path: path))
  }
}
