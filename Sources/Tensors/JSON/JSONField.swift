/// A JSON value together with its place, so that errors can name the key and the file.
///
/// ```swift
/// let config = try JSON(contentsOf: path).document(path: path)
/// let shape = try config.required("input").required("shape").ints()
/// ```
public struct JSONField: Sendable {
  /// The value.
  public let json: JSON
  /// The keys and indices that lead to the value, as in `input.shape[2]`; empty for the whole document.
  public let keyPath: String
  /// The file of the value, for errors.
  public let path: String

  /// Returns the value under `key`.
  ///
  /// - Throws: ``FormatError`` if this is not an object or has no such key.
  public func required(_ key: String) throws(FormatError) -> JSONField {
    guard let field = try optional(key) else {
      throw FormatError(path: path, "the key \"\(step(key).keyPath)\" is missing")
    }
    return field
  }

  /// Returns the value under `key`; nil if the key is missing or its value is `null`.
  ///
  /// - Throws: ``FormatError`` if this is not an object.
  public func optional(_ key: String) throws(FormatError) -> JSONField? {
    guard case .object(let object) = json else { throw mismatch("an object") }
    guard let value = object[key], value != .null else { return nil }
    return step(key, value)
  }

  /// Returns the string.
  ///
  /// - Throws: ``FormatError`` if this is not a string.
  public func string() throws(FormatError) -> String {
    guard case .string(let value) = json else { throw mismatch("a string") }
    return value
  }

  /// Returns the boolean.
  ///
  /// - Throws: ``FormatError`` if this is not a boolean.
  public func bool() throws(FormatError) -> Bool {
    guard case .bool(let value) = json else { throw mismatch("true or false") }
    return value
  }

  /// Returns the integer.
  ///
  /// - Throws: ``FormatError`` if this is not an integer, or does not fit an `Int`.
  public func int() throws(FormatError) -> Int {
    guard case .integer(let value) = json, let int = Int(exactly: value) else { throw mismatch("an integer") }
    return int
  }

  /// Returns the number, which may be an integer.
  ///
  /// - Throws: ``FormatError`` if this is not a number.
  public func double() throws(FormatError) -> Double {
    switch json {
    case .integer(let value): return Double(value)
    case .number(let value): return value
    default: throw mismatch("a number")
    }
  }

  /// Returns the number, or the infinity that `"inf"` or `"-inf"` stands for.
  ///
  /// - Throws: ``FormatError`` if this is neither.
  package func finiteOrInfinite() throws(FormatError) -> Double {
    switch json {
    case "inf": .infinity
    case "-inf": -.infinity
    default: try double()
    }
  }

  /// Returns the array's elements.
  ///
  /// - Throws: ``FormatError`` if this is not an array.
  public func elements() throws(FormatError) -> [JSONField] {
    guard case .array(let elements) = json else { throw mismatch("an array") }
    return elements.enumerated().map { index, element in
      JSONField(json: element, keyPath: "\(keyPath)[\(index)]", path: path)
    }
  }

  /// Returns the object's keys and values, in order.
  ///
  /// - Throws: ``FormatError`` if this is not an object.
  public func entries() throws(FormatError) -> [(key: String, field: JSONField)] {
    guard case .object(let object) = json else { throw mismatch("an object") }
    return object.map { ($0.key, step($0.key, $0.value)) }
  }

  /// Returns the array's elements as integers.
  ///
  /// - Throws: ``FormatError`` if this is not an array of integers.
  public func ints() throws(FormatError) -> [Int] {
    var values: [Int] = []
    for element in try elements() { values.append(try element.int()) }
    return values
  }

  /// Returns the array's elements as numbers.
  ///
  /// - Throws: ``FormatError`` if this is not an array of numbers.
  public func doubles() throws(FormatError) -> [Double] {
    var values: [Double] = []
    for element in try elements() { values.append(try element.double()) }
    return values
  }

  /// Returns the array's elements as strings.
  ///
  /// - Throws: ``FormatError`` if this is not an array of strings.
  public func strings() throws(FormatError) -> [String] {
    var values: [String] = []
    for element in try elements() { values.append(try element.string()) }
    return values
  }

  /// Returns an error about this value, for callers with further expectations: `"dtype" must be a float type`, for
  /// example.
  public func error(_ problem: String) -> FormatError {
    FormatError(path: path, "\(keyPath.isEmpty ? "the document" : "\"\(keyPath)\"") \(problem)")
  }

  private func mismatch(_ expected: String) -> FormatError { error("must be \(expected), but is \(json.kind)") }

  private func step(_ key: String, _ value: JSON = .null) -> JSONField {
    JSONField(json: value, keyPath: keyPath.isEmpty ? key : "\(keyPath).\(key)", path: path)
  }
}

extension JSON {
  /// Returns this value as the document of the file `path`, for reading with errors that name file and key.
  public func document(path: String) -> JSONField { JSONField(json: self, keyPath: "", path: path) }

  /// Returns the value under `key` of a document whose file does not matter.
  ///
  /// - Throws: ``FormatError`` if this is not an object or has no such key.
  public func required(_ key: String) throws(FormatError) -> JSONField {
    try document(path: "JSON").required(key)
  }
}
