extension JSONField {
  /// Returns a `Codable` value decoded from this JSON.
  ///
  /// - Throws: ``FormatError`` that names the key at which the JSON does not match.
  public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws(FormatError) -> Value {
    do {
      return try FieldDecoder.decode(type, from: self)
    } catch let error as FormatError {
      throw error
    } catch let DecodingError.dataCorrupted(context), let DecodingError.valueNotFound(_, context),
      let DecodingError.keyNotFound(_, context), let DecodingError.typeMismatch(_, context)
    {
      let place = context.codingPath.map(\.stringValue).joined(separator: ".")
      throw self.error("\(place.isEmpty ? "" : "(at \(place)) ")is not valid: \(context.debugDescription)")
    } catch {
      throw self.error("is not valid: \(error)")
    }
  }
}

private struct FieldDecoder: Decoder {
  let field: JSONField
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(ObjectDecoder(field: field, entries: try field.entries(), codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    ArrayDecoder(elements: try field.elements(), field: field, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer {
    ScalarDecoder(field: field, codingPath: codingPath)
  }

  /// Decodes a scalar of the standard library directly, anything else with its own `init(from:)`.
  static func decode<Value: Decodable>(
    _ type: Value.Type, from field: JSONField, path: [any CodingKey] = []
  ) throws -> Value {
    let value: Any
    switch type {
    case is Bool.Type: value = try field.bool()
    case is String.Type: value = try field.string()
    case is Double.Type: value = try field.finiteOrInfinite()
    case is Float.Type: value = Float(try field.finiteOrInfinite())
    case let integer as any FixedWidthInteger.Type: value = try exactly(integer, field)
    default: return try type.init(from: FieldDecoder(field: field, codingPath: path))
    }
    guard let value = value as? Value else { throw field.error("has an unexpected type") }
    return value
  }

  private static func exactly<Integer: FixedWidthInteger>(_ type: Integer.Type, _ field: JSONField) throws -> Integer {
    guard let value = Integer(exactly: try field.int()) else { throw field.error("does not fit \(type)") }
    return value
  }
}

private struct ObjectDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let field: JSONField
  let entries: [(key: String, field: JSONField)]
  let codingPath: [any CodingKey]

  var allKeys: [Key] { entries.compactMap { Key(stringValue: $0.key) } }
  func contains(_ key: Key) -> Bool { entries.contains { $0.key == key.stringValue } }
  func decodeNil(forKey key: Key) throws -> Bool { try field.optional(key.stringValue) == nil }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try FieldDecoder.decode(type, from: field.required(key.stringValue), path: codingPath + [key])
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try nested(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try nested(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { FieldDecoder(field: field, codingPath: codingPath) }
  func superDecoder(forKey key: Key) throws -> any Decoder { try nested(key) }

  private func nested(_ key: Key) throws -> FieldDecoder {
    FieldDecoder(field: try field.required(key.stringValue), codingPath: codingPath + [key])
  }
}

private struct ArrayDecoder: UnkeyedDecodingContainer {
  let elements: [JSONField]
  let field: JSONField
  let codingPath: [any CodingKey]
  private(set) var currentIndex = 0

  init(elements: [JSONField], field: JSONField, codingPath: [any CodingKey]) {
    self.elements = elements
    self.field = field
    self.codingPath = codingPath
  }

  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }

  private mutating func next() throws -> JSONField {
    guard !isAtEnd else { throw field.error("has too few elements") }
    defer { currentIndex += 1 }
    return elements[currentIndex]
  }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, elements[currentIndex].json == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try FieldDecoder.decode(type, from: next(), path: codingPath)
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    try FieldDecoder(field: next(), codingPath: codingPath).container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try FieldDecoder(field: next(), codingPath: codingPath).unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder { FieldDecoder(field: try next(), codingPath: codingPath) }
}

private struct ScalarDecoder: SingleValueDecodingContainer {
  let field: JSONField
  let codingPath: [any CodingKey]

  func decodeNil() -> Bool { field.json == .null }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try FieldDecoder.decode(type, from: field, path: codingPath)
  }
}
