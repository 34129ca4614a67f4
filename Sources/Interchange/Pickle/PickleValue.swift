import Tensors

/// A value on the unpickler's stack.
///
/// Tuples, dictionaries, storages and tensors are indices into tables of ``PickledObjects``: a value never owns another
/// one, so neither cycles nor deep nesting can leak memory or exhaust the call stack. Contents that no state dict is
/// made of (of lists, sets and bytes) are not kept.
enum PickleValue: Sendable, Equatable {
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  case list
  case set
  /// Something allowed beside the weights that has no meaning here: bytes, a device, an integer beyond 64 bits.
  case opaque
  case tuple(Int)
  case dictionary(Int)
  case storage(Int)
  case tensor(Int)
  case global(PickleGlobal)

  /// What kind of value this is, for messages.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a bool"
    case .integer: "an int"
    case .float: "a float"
    case .string: "a str"
    case .list: "a list"
    case .set: "a set"
    case .opaque: "bytes, a device or a large int"
    case .tuple: "a tuple"
    case .dictionary: "a dict"
    case .storage: "a storage"
    case .tensor: "a tensor"
    case .global: "a class or function"
    }
  }
}

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

/// A storage that the pickle refers to: the record `data/KEY` of the archive.
struct PickledStorage: Sendable, Equatable {
  let key: String
  /// The type of its elements; nil for one that is counted in bytes.
  let elementType: ElementType?
  /// How many elements, or bytes, it has.
  let count: Int
}

/// A tensor that the pickle describes: a window on a storage. Not yet checked against the storage.
struct PickledTensor: Sendable, Equatable {
  let storage: Int
  /// Where in the storage its first element is, in elements.
  let offset: Int
  /// The tuple with its shape; a pickle may share one among millions of tensors.
  let shape: Int
  /// The tuple with its strides.
  let strides: Int
  let elementType: ElementType
}

/// All that a pickle holds.
struct PickledObjects: Sendable, Equatable {
  var root: PickleValue = .none
  var tuples: [[PickleValue]] = []
  var dictionaries: [PickleDictionary] = []
  var storages: [PickledStorage] = []
  var tensors: [PickledTensor] = []

  /// The integers of a tuple; nil if it has something else.
  func integers(ofTuple tuple: Int) -> [Int]? {
    var integers: [Int] = []
    for value in tuples[tuple] {
      guard case .integer(let integer) = value else { return nil }
      integers.append(integer)
    }
    return integers
  }
}
