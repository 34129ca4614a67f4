import Tensors

/// A value on the unpickler's stack.
///
/// Containers, storages, tensors and objects are indices into tables of ``PickledObjects``: a value never owns another
/// one, so neither cycles nor deep nesting can leak memory or exhaust the call stack. Contents that are in no state
/// dict (of sets and bytes) are not kept.
enum PickleValue: Sendable, Equatable {
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  case set
  /// A value without a meaning here: bytes, a device, an integer beyond 64 bits.
  case opaque
  case list(Int)
  case tuple(Int)
  case dictionary(Int)
  case storage(Int)
  case tensor(Int)
  case global(PickleGlobal)
  /// A class or function that is not in ``PickleGlobal``, by its name's index.
  case unknownGlobal(Int)
  /// The object that an unknown class or function would make. It is not made: what it would be made from is recorded,
  /// and nothing runs.
  case object(Int)

  /// The kind of value, for messages.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a bool"
    case .integer: "an int"
    case .float: "a float"
    case .string: "a str"
    case .set: "a set"
    case .opaque: "bytes, a device or a large int"
    case .list: "a list"
    case .tuple: "a tuple"
    case .dictionary: "a dict"
    case .storage: "a storage"
    case .tensor: "a tensor"
    case .global, .unknownGlobal: "a class or function"
    case .object: "an object"
    }
  }
}
