extension JSON {
  /// Creates the JSON of a `Codable` value: structs become objects with their properties in order of declaration.
  ///
  /// - Throws: `EncodingError` for NaN. Infinities, which JSON does not have either, become `"inf"` and `"-inf"`.
  public init<Value: Encodable>(encoding value: Value) throws {
    let slot = Slot()
    try value.encode(to: ValueEncoder(slot: slot, codingPath: []))
    self = slot.json
  }

  /// Creates the JSON of a number other than NaN; infinities, which JSON does not have, become `"inf"` and `"-inf"`.
  package init(finiteOrInfinite value: Double) { self = value.isFinite ? .number(value) : .string("\(value)") }
}

/// The place of a value that is being encoded: containers hold one and fill it.
private final class Slot {
  private enum Content {
    case value(JSON)
    case object([(String, Slot)])
    case array([Slot])
  }
  private var content = Content.value(.null)

  var json: JSON {
    switch content {
    case .value(let json): json
    case .object(let entries): .object(JSONObject(entries.map { ($0, $1.json) }))
    case .array(let elements): .array(elements.map(\.json))
    }
  }

  func set(_ json: JSON) { content = .value(json) }

  func beginObject() { if case .object = content {} else { content = .object([]) } }
  func beginArray() { if case .array = content {} else { content = .array([]) } }

  func slot(for key: String) -> Slot {
    guard case .object(var entries) = content else { return Slot() }
    if let existing = entries.first(where: { $0.0 == key }) { return existing.1 }
    let slot = Slot()
    entries.append((key, slot))
    content = .object(entries)
    return slot
  }

  func append() -> Slot {
    guard case .array(var elements) = content else { return Slot() }
    let slot = Slot()
    elements.append(slot)
    content = .array(elements)
    return slot
  }

  var count: Int {
    if case .array(let elements) = content { elements.count } else { 0 }
  }
}

private struct ValueEncoder: Encoder {
  let slot: Slot
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    slot.beginObject()
    return KeyedEncodingContainer(ObjectEncoder(slot: slot, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    slot.beginArray()
    return ArrayEncoder(slot: slot, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    ScalarEncoder(slot: slot, codingPath: codingPath)
  }

  /// Encodes a scalar of the standard library directly, anything else with its own `encode(to:)`.
  static func encode<Value: Encodable>(_ value: Value, to slot: Slot, path: [any CodingKey]) throws {
    switch value {
    case let value as Bool: slot.set(.bool(value))
    case let value as String: slot.set(.string(value))
    case let value as any BinaryInteger:
      guard let integer = Int64(exactly: value) else { throw unrepresentable(value, path) }
      slot.set(.integer(integer))
    // The shortest text that gives the same Float, not the longer one of the same Double.
    case let value as Float:
      guard !value.isNaN, let number = Double("\(value)") else { throw unrepresentable(value, path) }
      slot.set(JSON(finiteOrInfinite: number))
    case let value as Double:
      guard !value.isNaN else { throw unrepresentable(value, path) }
      slot.set(JSON(finiteOrInfinite: value))
    default: try value.encode(to: ValueEncoder(slot: slot, codingPath: path))
    }
  }

  private static func unrepresentable(_ value: Any, _ path: [any CodingKey]) -> EncodingError {
    .invalidValue(value, .init(codingPath: path, debugDescription: "JSON cannot hold \(value)"))
  }
}

private struct ObjectEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let slot: Slot
  let codingPath: [any CodingKey]

  func encodeNil(forKey key: Key) throws { slot.slot(for: key.stringValue).set(.null) }

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    try ValueEncoder.encode(value, to: slot.slot(for: key.stringValue), path: codingPath + [key])
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy keyType: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    nested(key).container(keyedBy: keyType)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { nested(key).unkeyedContainer() }

  func superEncoder() -> any Encoder { ValueEncoder(slot: slot.slot(for: "super"), codingPath: codingPath) }
  func superEncoder(forKey key: Key) -> any Encoder { nested(key) }

  private func nested(_ key: Key) -> ValueEncoder {
    ValueEncoder(slot: slot.slot(for: key.stringValue), codingPath: codingPath + [key])
  }
}

private struct ArrayEncoder: UnkeyedEncodingContainer {
  let slot: Slot
  let codingPath: [any CodingKey]
  var count: Int { slot.count }

  func encodeNil() throws { slot.append().set(.null) }

  func encode<Value: Encodable>(_ value: Value) throws {
    try ValueEncoder.encode(value, to: slot.append(), path: codingPath)
  }

  func nestedContainer<Nested: CodingKey>(keyedBy keyType: Nested.Type) -> KeyedEncodingContainer<Nested> {
    ValueEncoder(slot: slot.append(), codingPath: codingPath).container(keyedBy: keyType)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    ValueEncoder(slot: slot.append(), codingPath: codingPath).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { ValueEncoder(slot: slot.append(), codingPath: codingPath) }
}

private struct ScalarEncoder: SingleValueEncodingContainer {
  let slot: Slot
  let codingPath: [any CodingKey]

  func encodeNil() throws { slot.set(.null) }
  func encode<Value: Encodable>(_ value: Value) throws {
    try ValueEncoder.encode(value, to: slot, path: codingPath)
  }
}
