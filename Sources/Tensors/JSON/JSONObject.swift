/// The keys and values of a JSON object, in the order in which they were added.
public struct JSONObject: Sendable {
  /// The keys, in order.
  public private(set) var keys: [String] = []
  private var values: [String: JSON] = [:]

  /// Creates an object without keys.
  public init() {}

  /// Creates an object with keys and values.
  ///
  /// - Precondition: Keys are unique.
  public init(_ entries: some Sequence<(String, JSON)>) {
    for (key, value) in entries {
      precondition(values[key] == nil, "the key \"\(key)\" comes twice")
      self[key] = value
    }
  }

  /// The number of keys.
  public var count: Int { keys.count }

  /// The value under `key`; setting a new key appends it, setting nil removes it.
  ///
  /// - Complexity: O(1), but O(`count`) for a removal.
  public subscript(key: String) -> JSON? {
    get { values[key] }
    set {
      let old = values[key]
      values[key] = newValue
      if old == nil, newValue != nil {
        keys.append(key)
      } else if old != nil, newValue == nil {
        keys.removeAll { $0 == key }
      }
    }
  }
}

extension JSONObject: Sequence {
  /// Returns an iterator over keys and values, in order.
  public func makeIterator() -> AnyIterator<(key: String, value: JSON)> {
    var rest = keys.makeIterator()
    return AnyIterator {
      guard let key = rest.next(), let value = values[key] else { return nil }
      return (key, value)
    }
  }

  /// The number of keys, exactly.
  public var underestimatedCount: Int { count }
}

extension JSONObject: Equatable {
  /// Returns whether both have the same keys with the same values, in any order.
  public static func == (left: JSONObject, right: JSONObject) -> Bool { left.values == right.values }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// Creates an object with keys in the order written.
  ///
  /// - Precondition: Keys are unique.
  public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}
