/// Tensors by name, in the order in which they were added: a state dict.
public struct NamedTensors: Sendable {
  /// The names, in order.
  public private(set) var names: [String] = []
  private var tensors: [String: Tensor] = [:]

  /// No tensors.
  public init() {}

  /// These tensors.
  ///
  /// - Precondition: no name comes twice.
  public init(_ entries: some Sequence<(String, Tensor)>) {
    for (name, tensor) in entries {
      precondition(tensors[name] == nil, "the name \"\(name)\" comes twice")
      self[name] = tensor
    }
  }

  /// How many tensors there are.
  public var count: Int { names.count }

  /// The tensor called `name`; setting a new name puts it last, setting nil removes it.
  public subscript(name: String) -> Tensor? {
    get { tensors[name] }
    set {
      if tensors[name] == nil, newValue != nil { names.append(name) }
      if tensors[name] != nil, newValue == nil { names.removeAll { $0 == name } }
      tensors[name] = newValue
    }
  }
}

extension NamedTensors: Sequence {
  /// Visits names and tensors in order.
  public func makeIterator() -> AnyIterator<(name: String, tensor: Tensor)> {
    var rest = names.makeIterator()
    return AnyIterator {
      guard let name = rest.next(), let tensor = tensors[name] else { return nil }
      return (name, tensor)
    }
  }

  /// The number of tensors, exactly.
  public var underestimatedCount: Int { count }
}

extension NamedTensors: ExpressibleByDictionaryLiteral {
  /// Tensors in the order written.
  ///
  /// - Precondition: no name is written twice.
  public init(dictionaryLiteral elements: (String, Tensor)...) { self.init(elements) }
}
