/// The keys and values of a JSON object, in the order in which they were added.
public struct JSONObject: Sendable {
  /// The keys, in order.
  public private(set) var keys: [String] = []
  private var values: [String: JSON] = [:]

  /// An object without keys.
  public init() {}

  /// An object with these keys and values.
  ///
  /// - Precondition: no key comes twice.
  public init(_ entries: some Sequence<(String, JSON)>) {
    for (key, value) in entries {
      precondition(values[key] == nil, "the key \"\(key)\" comes twice")
      self[key] = value
    }
  }

  /// How many keys there are.
  public var count: Int { keys.count }

  /// The value under `key`; setting a new key puts it last, setting nil removes it.
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
  /// Visits keys and values in order.
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
  /// Same keys with the same values; the order does not count, as JSON says.
  public static func == (left: JSONObject, right: JSONObject) -> Bool { left.values == right.values }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// An object, its keys in the order written.
  ///
  /// - Precondition: no key is written twice.
  public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}
