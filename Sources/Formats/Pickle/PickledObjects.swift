import Tensors

/// A dictionary's entries, in the order in which they were first set.
struct PickleDictionary: Sendable, Equatable {
  private(set) var keys: [PickleValue] = []
  private(set) var values: [PickleValue] = []
  private var positions: [String: Int] = [:]

  /// The value under a string key.
  subscript(key: String) -> PickleValue? { positions[key].map { values[$0] } }

  mutating func set(_ key: PickleValue, _ value: PickleValue) {
    if case .string(let text) = key {
      if let position = positions[text] {
        values[position] = value
        return
      }
      positions[text] = keys.count
    }
    keys.append(key)
    values.append(value)
  }
}

/// A storage that the pickle refers to by its key, or a window of one.
struct PickledStorage: Sendable, Equatable {
  /// The type of a storage's elements.
  enum Kind: Sendable, Equatable {
    case elements(ElementType)
    /// Bytes; each tensor has its own element type.
    case bytes
    /// Elements that no tensor here can have: complex or quantized numbers.
    case unsupported(name: String, byteCount: Int)

    var byteCount: Int {
      switch self {
      case .elements(let type): type.byteCount
      case .bytes: 1
      case .unsupported(_, let byteCount): byteCount
      }
    }
  }

  let key: String
  let kind: Kind
  /// The number of elements in the whole storage.
  let count: Int
  /// The elements that this window covers: all of them, except in files from before PyTorch 1.0.
  let window: Range<Int>
}

/// A tensor that the pickle describes: a window of a storage, not yet checked against it.
struct PickledTensor: Sendable, Equatable {
  let storage: Int
  /// The offset of its first element in the storage, in elements.
  let offset: Int
  /// The index of the tuple with its shape; a pickle may share one among millions of tensors.
  let shape: Int
  /// The index of the tuple with its strides.
  let strides: Int
  let elementType: ElementType
}

/// The object that an unknown class or function would have made.
struct PickledObject: Sendable, Equatable {
  /// The index of the name of the class or function in ``PickledObjects/globalNames``.
  let name: Int
  /// The index of the dictionary with its items, if it is a kind of dictionary.
  var items: Int?
  /// Its attributes.
  var state = PickleValue.none
}

/// The contents of a pickle.
struct PickledObjects: Sendable, Equatable {
  var root: PickleValue = .none
  var lists: [[PickleValue]] = []
  var tuples: [[PickleValue]] = []
  var dictionaries: [PickleDictionary] = []
  var storages: [PickledStorage] = []
  var tensors: [PickledTensor] = []
  var objects: [PickledObject] = []
  /// The unknown classes and functions, in the order in which they were first named.
  var globalNames: [String] = []

  /// Returns the integers of a tuple; nil if it contains anything else.
  func integers(ofTuple tuple: Int) -> [Int]? {
    var integers: [Int] = []
    for value in tuples[tuple] {
      guard case .integer(let integer) = value else { return nil }
      integers.append(integer)
    }
    return integers
  }

  /// Returns a description of a value for messages: its kind, and the class of an object.
  func description(of value: PickleValue) -> String {
    guard case .object(let index) = value else { return value.kind }
    return "an object of \(globalNames[objects[index].name].quoted)"
  }
}
