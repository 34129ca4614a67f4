import Tensors

/// A file with weights, such as a PyTorch checkpoint.
///
/// ```swift
/// let checkpoint = try Checkpoint.load("X3D_XS.pyth")
/// let fitted = try checkpoint.weights(for: graph.expectedTensors)
/// ```
public struct Checkpoint: Sendable {
  /// The file format.
  public enum Format: String, Sendable, CustomStringConvertible {
    /// `torch.save`, since PyTorch 1.6.
    case pyTorch
    /// `torch.save`, before PyTorch 1.6.
    case legacyPyTorch
    /// A safetensors file.
    case safetensors

    /// The name of the format, as in `PyTorch`.
    public var description: String {
      switch self {
      case .pyTorch: "PyTorch"
      case .legacyPyTorch: "PyTorch before 1.6"
      case .safetensors: "safetensors"
      }
    }
  }

  enum Source: Sendable {
    case pickle(PickledFile)
    case tensors([Tensor])
  }

  /// The file.
  public let path: String
  /// The file format.
  public let format: Format
  /// The dictionaries of tensors in the file, outermost first: the weights, perhaps also a moving average of them.
  public let stateDicts: [StateDict]
  /// The keys at the top level of the file without named tensors, such as `epoch`.
  public let otherKeys: [String]
  /// The number of tensors without names, as in an optimizer's state, and the place of the first one.
  public let unnamedTensors: (count: Int, first: String?)
  /// The classes of objects other than tensors. Their contents were skipped; none of their code was run.
  public let skippedClasses: [String]
  /// The strings in a safetensors file.
  public let metadata: [String: String]
  let source: Source

  /// Creates a checkpoint of existing tensors, as if they had been read from `path`.
  public init(path: String, tensors: NamedTensors, metadata: [String: String] = [:]) {
    self.path = path
    format = .safetensors
    let entries = tensors.enumerated().map { index, entry in
      StateDict.Entry(name: entry.name, shape: entry.tensor.shape, elementType: entry.tensor.elementType, index: index)
    }
    stateDicts = [StateDict(key: "", entries: entries, others: [])]
    source = .tensors(tensors.map(\.tensor))
    otherKeys = []
    unnamedTensors = (0, nil)
    skippedClasses = []
    self.metadata = metadata
  }

  init(_ file: PickledFile, format: Format) throws {
    path = file.file.path
    self.format = format
    let objects = file.objects
    let finder = try StateDictFinder(objects, path: path)
    stateDicts = finder.stateDicts
    let leading = Set(finder.stateDicts.map { $0.key.prefix { $0 != "." } })
    otherKeys =
      finder.stateDicts.contains { $0.key.isEmpty } ? [] : finder.topKeys.filter { !leading.contains($0[...]) }
    unnamedTensors = finder.numbered
    skippedClasses = objects.globalNames
    metadata = [:]
    source = .pickle(file)
    guard !stateDicts.isEmpty else {
      throw CheckpointError.noStateDict(path: path, found: Self.describe(objects, topKeys: finder.topKeys))
    }
  }

  private static func describe(_ objects: PickledObjects, topKeys: [String]) -> String {
    guard case .dictionary(let index) = objects.root else { return objects.description(of: objects.root) }
    let dictionary = objects.dictionaries[index]
    if let object = zip(dictionary.keys, dictionary.values).first(where: {
      if case .object = $1 { true } else { false }
    }) {
      return "a dict in which \(object.0.keyText.quoted) is \(objects.description(of: object.1))"
    }
    let keys = topKeys.prefix(10).map(\.quoted).joined(separator: ", ")
    return topKeys.isEmpty ? "an empty dict" : "a dict with the keys \(keys)\(topKeys.count > 10 ? ", …" : "")"
  }

  /// Returns the tensors of one of the file's dictionaries; contiguous ones are views of the file.
  ///
  /// - Throws: `FormatError` if a tensor's elements are damaged or missing.
  public func tensors(of stateDict: StateDict) throws(FormatError) -> NamedTensors {
    var reader = reader()
    var tensors = NamedTensors()
    for entry in stateDict.entries { tensors[entry.name] = try reader(entry) }
    return tensors
  }

  /// Returns a reader of single tensors.
  func reader() -> TensorReader { TensorReader(source) }
}

/// Reads the tensors of a checkpoint's entries.
struct TensorReader {
  private var pickle: PickledTensorReader?
  private let tensors: [Tensor]

  init(_ source: Checkpoint.Source) {
    switch source {
    case .pickle(let file): (pickle, tensors) = (PickledTensorReader(file), [])
    case .tensors(let tensors): (pickle, self.tensors) = (nil, tensors)
    }
  }

  /// Returns the tensor of an entry; a view of the file if it is contiguous.
  ///
  /// - Throws: `FormatError` if its elements are damaged or missing.
  mutating func callAsFunction(_ entry: StateDict.Entry) throws(FormatError) -> Tensor {
    try pickle?.tensor(entry.index, named: entry.name) ?? tensors[entry.index]
  }
}
