/// Tensors by name, in the order in which they were added: a state dict.
public struct NamedTensors: Sendable {
  /// The names, in order.
  public private(set) var names: [String] = []
  private var tensors: [String: Tensor] = [:]

  /// Creates an empty collection.
  public init() {}

  /// Creates a collection of tensors.
  ///
  /// - Precondition: Names are unique.
  public init(_ entries: some Sequence<(String, Tensor)>) {
    for (name, tensor) in entries {
      precondition(tensors[name] == nil, "the name \"\(name)\" comes twice")
      self[name] = tensor
    }
  }

  /// The number of tensors.
  public var count: Int { names.count }

  /// The tensor with a name; setting a new name appends it, setting nil removes it.
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
  /// Returns an iterator over names and tensors, in order.
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
  /// Creates a collection of tensors, in the order written.
  ///
  /// - Precondition: Names are unique.
  public init(dictionaryLiteral elements: (String, Tensor)...) { self.init(elements) }
}
