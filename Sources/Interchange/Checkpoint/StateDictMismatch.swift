import Tensors

/// A checkpoint that does not fit the model: everything that differs, at once.
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

  /// How many names of each sort are printed.
  static let printedNames = 20

  /// The checkpoint's file.
  public let path: String
  /// What the model needs and the checkpoint lacks.
  public internal(set) var missing: [String] = []
  /// What the checkpoint has and the model does not know.
  public internal(set) var unexpected: [String] = []
  /// What has another shape.
  public internal(set) var misshapen: [Misshapen] = []
  /// What has integers in place of floating-point numbers.
  public internal(set) var mistyped: [Mistyped] = []
  /// The class counts of checkpoint and model, if nothing else differs.
  public private(set) var classCounts: ClassCounts?

  /// Two numbers of classes.
  public struct ClassCounts: Sendable, Equatable {
    /// The checkpoint's classifier has this many.
    public let checkpoint: Int
    /// The model was built for this many.
    public let model: Int
  }

  init(path: String) { self.path = path }

  var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty && mistyped.isEmpty }

  /// Whether all that differs is the number of rows of the last projection's weight `[K, …]`, and of its bias `[K]`.
  mutating func findClassCounts(_ expected: [ExpectedTensor]) {
    guard missing.isEmpty, unexpected.isEmpty, mistyped.isEmpty,
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

  /// One sentence: what is missing, what is unexpected, what has another shape; or the two class counts.
  public var description: String {
    if let classCounts {
      return "\(path) has \(classCounts.checkpoint) classes, the model was built for \(classCounts.model)"
    }
    let parts = [
      list(missing, "missing", describe: \.quoted),
      list(unexpected, "unexpected", describe: \.quoted),
      list(misshapen, "of another shape") { "\($0.name.quoted) is \($0.found), not \($0.expected)" },
      list(mistyped, "not floating-point") { "\($0.name.quoted) is \($0.found)" },
    ]
    return "\(path) does not fit the model: " + parts.compactMap { $0 }.joined(separator: "; ")
  }

  private func list<Item>(_ items: [Item], _ what: String, describe: (Item) -> String) -> String? {
    guard !items.isEmpty else { return nil }
    let printed = items.prefix(Self.printedNames).map(describe).joined(separator: ", ")
    let rest = items.count - Self.printedNames
    let more = rest > 0 ? " and \(rest) more" : ""
    return "\(items.count) \(items.count == 1 ? "parameter is" : "parameters are") \(what) (\(printed)\(more))"
  }
}
