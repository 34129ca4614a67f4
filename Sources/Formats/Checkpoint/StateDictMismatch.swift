import Tensors

/// The differences between a checkpoint and the model that it does not fit, all at once.
public struct StateDictMismatch: UserFacingError, Equatable {
  /// A parameter of another shape than the model's.
  public struct Misshapen: Sendable, Equatable {
    /// The parameter's path.
    public let name: String
    /// The shape in the checkpoint.
    public let found: [Int]
    /// The model's shape.
    public let expected: [Int]
  }

  /// A parameter whose elements are not floating-point numbers.
  public struct Mistyped: Sendable, Equatable {
    /// The parameter's path.
    public let name: String
    /// The type in the checkpoint.
    public let found: ElementType
  }

  /// A parameter that the file has, but not as a tensor that can be read.
  public struct NotATensor: Sendable, Equatable {
    /// The parameter's path.
    public let name: String
    /// The kind of value, as in `an object of "torch._utils._rebuild_qtensor"`.
    public let kind: String
  }

  /// The number of names of each kind that are printed.
  static let printedNames = 5

  /// The checkpoint's file.
  public let path: String
  /// The parameters that the checkpoint lacks.
  public internal(set) var missing: [String] = []
  /// The tensors in the network's modules that the model does not know.
  public internal(set) var unexpected: [String] = []
  /// The parameters of another shape.
  public internal(set) var misshapen: [Misshapen] = []
  /// The parameters with integers instead of floating-point numbers.
  public internal(set) var mistyped: [Mistyped] = []
  /// The parameters that are not tensors that can be read.
  public internal(set) var notTensors: [NotATensor] = []
  /// The keys that lead to the tensors, joined by dots; `.` for a file of nothing else.
  public private(set) var key = "."
  /// The names of all tensors that were compared.
  public private(set) var names: [String] = []
  /// The number of the model's parameters that exist in the right shape.
  public private(set) var matched = 0
  /// The number of parameters that the model needs.
  public private(set) var needed = 0
  /// The number of tensors that belong to no module of the network.
  public private(set) var ignoredCount = 0
  /// The models that the caller knows, for the message about another architecture.
  public var supported: [String] = []
  /// The class counts of checkpoint and model, if nothing else differs.
  public private(set) var classCounts: ClassCounts?

  /// Two numbers of classes.
  public struct ClassCounts: Sendable, Equatable {
    /// The number of classes of the checkpoint's classifier.
    public let checkpoint: Int
    /// The number of classes of the model.
    public let model: Int
  }

  init(path: String) { self.path = path }

  /// Creates the mismatch of a file in which no name is the model's.
  init(foreign checkpoint: Checkpoint, expected: [ExpectedTensor]) {
    path = checkpoint.path
    let largest = checkpoint.stateDicts.max { $0.entries.count < $1.entries.count }
    missing = expected.filter { !$0.isOptional }.map(\.name)
    complete(
      expected: expected, key: largest?.key ?? "", names: largest?.entries.map(\.name) ?? [], matched: 0, ignored: 0)
  }

  var isEmpty: Bool {
    missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty && mistyped.isEmpty && notTensors.isEmpty
  }

  /// Whether these are the weights of another architecture: fewer than half of the model's parameters exist.
  public var isForeign: Bool { classCounts == nil && matched * 2 < needed }

  /// Records what was compared.
  mutating func complete(expected: [ExpectedTensor], key: String, names: [String], matched: Int, ignored: Int) {
    self.key = key
    self.names = names
    self.matched = matched
    needed = expected.count { !$0.isOptional }
    ignoredCount = ignored
    if !isEmpty { findClassCounts(expected) }
  }

  /// Finds whether the only difference is the number of rows of the last projection's weight `[K, …]`, and of its bias
  /// `[K]`.
  private mutating func findClassCounts(_ expected: [ExpectedTensor]) {
    guard missing.isEmpty, unexpected.isEmpty, mistyped.isEmpty, notTensors.isEmpty,
      let projection = expected.last(where: { $0.shape.count >= 2 }),
      let weight = misshapen.first(where: { $0.name == projection.name }),
      let found = weight.found.first, let model = weight.expected.first
    else { return }
    let layer = projection.name.split(separator: ".", omittingEmptySubsequences: false).dropLast()
    let isClassifier = misshapen.allSatisfy { parameter in
      parameter.name.split(separator: ".", omittingEmptySubsequences: false).dropLast() == layer
        && parameter.found.first == found && parameter.expected.first == model
        && parameter.found.dropFirst() == parameter.expected.dropFirst()
    }
    if isClassifier { classCounts = ClassCounts(checkpoint: found, model: model) }
  }

  /// The parameters that are stored in an unknown form: spectral norm, custom parametrizations.
  private var parametrized: [String] {
    // The first ones are enough.
    let all = names.prefix(5000)
    let missing = missing.prefix(50).map { name -> (Substring, Substring) in
      let dot = name.lastIndex(of: ".") ?? name.startIndex
      return (name[..<dot], name[dot...].drop { $0 == "." })
    }
    return missing.flatMap { module, name in ["\(module).\(name)_orig", "\(module).parametrizations.\(name).original"] }
      .filter { suffix in all.contains { $0.hasSuffix(suffix) } }
  }

  /// A sentence: what is missing, what is unexpected, what has another shape; or the two class counts.
  public var description: String {
    if let classCounts {
      return "\(path) has \(classCounts.checkpoint) classes, the model was built for \(classCounts.model)"
    }
    if isForeign {
      let first = names.first.map { " (first: \($0.quoted))" } ?? ""
      let known = supported.isEmpty ? "" : "; supported: \(supported.joined(separator: ", "))"
      return "\(path): these are \(names.count) tensors of another architecture\(first)\(known)"
    }
    let parametrized = parametrized
    if let first = parametrized.first {
      return "\(path): \(parametrized.count) parameters are stored in a parametrized form that is not supported"
        + " (first: \(first.quoted)); take it away in Python with torch.nn.utils.parametrize.remove_parametrizations or"
        + " torch.nn.utils.remove_spectral_norm, and save the weights again"
    }
    let parts = [
      list(missing, "missing", describe: \.quoted),
      list(unexpected, "unexpected", describe: \.quoted),
      list(misshapen, "of another shape") { "\($0.name.quoted) is \($0.found), not \($0.expected)" },
      list(mistyped, "not floating-point") { "\($0.name.quoted) is \($0.found)" },
      list(notTensors, "no tensor that can be read") { "\($0.name.quoted) is \($0.kind)" },
    ]
    let place = key == "." ? "" : ", key \(key.quoted),"
    return "\(path)\(place) does not fit the model: " + parts.compactMap { $0 }.joined(separator: "; ")
  }

  /// All differences, a line each; for another architecture, the names of its tensors.
  public var details: [String] {
    if isForeign { return names.map(\.printable) }
    return missing.map { "missing: \($0)" } + unexpected.map { "unexpected: \($0.printable)" }
      + misshapen.map { "another shape: \($0.name) is \($0.found), not \($0.expected)" }
      + mistyped.map { "not floating-point: \($0.name) is \($0.found)" }
      + notTensors.map { "not a tensor: \($0.name) is \($0.kind)" }
  }

  private func list<Item>(_ items: [Item], _ what: String, describe: (Item) -> String) -> String? {
    guard !items.isEmpty else { return nil }
    let printed = items.prefix(Self.printedNames).map(describe).joined(separator: ", ")
    let rest = items.count - Self.printedNames
    let more = rest > 0 ? " and \(rest) more" : ""
    return "\(items.count) \(items.count == 1 ? "parameter is" : "parameters are") \(what) (\(printed)\(more))"
  }
}
