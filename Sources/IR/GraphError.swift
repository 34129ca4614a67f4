import Tensors

/// Why a graph cannot be built, read or run.
public enum GraphError: UserFacingError, Equatable {
  /// An operation that cannot take its inputs.
  ///
  /// - Parameters:
  ///   - operation: The operation's name.
  ///   - scope: The path of the layer that added it; empty outside of layers.
  ///   - inputs: The types of its inputs.
  ///   - reason: What does not fit.
  case operation(String, scope: String, inputs: [ValueType], reason: String)
  /// Two parameters, states or layers with the same path.
  case duplicatePath(String)
  /// A graph whose parts do not fit together.
  case malformed(String)
  /// An input that does not fit the graph.
  case input(name: String, expected: ValueType, found: ValueType)
  /// A state that is updated to a value of another type.
  case state(name: String, expected: ValueType, found: ValueType)
  /// Too few or too many inputs.
  case inputCount(expected: [String], found: Int)
  /// A parameter without a tensor, or with one of another type.
  case parameter(path: String, expected: ValueType, found: ValueType?)
  /// A weight that is beyond the range of a number format.
  case overflow(parameter: String, value: Float, Precision)

  /// A sentence that names the operation and the shapes.
  public var description: String {
    switch self {
    case .operation(let name, let scope, let inputs, let reason):
      let place = scope.isEmpty ? "" : " in \(scope)"
      let types = inputs.map(\.description).joined(separator: ", ")
      return "\(name)\(place) cannot take (\(types)): \(reason)"
    case .duplicatePath(let path):
      return "two layers have the path '\(path)': give each call of a layer a name of its own"
    case .malformed(let reason): return "malformed graph: \(reason)"
    case .input(let name, let expected, let found):
      return "input '\(name)' must be \(expected), not \(found)"
    case .state(let name, let expected, let found):
      return "the state '\(name)' is \(expected), but is updated to \(found)"
    case .inputCount(let expected, let found):
      return "the graph takes \(expected.count) input(s) (\(expected.joined(separator: ", "))), not \(found)"
    case .parameter(let path, let expected, let found):
      guard let found else { return "parameter '\(path)' (\(expected)) has no value" }
      return "parameter '\(path)' must be \(expected), not \(found)"
    case .overflow(let parameter, let value, let precision):
      return "a weight in \(parameter) is \(value), more than \(precision.rawValue) holds: use fp32"
    }
  }
}

/// Why an operation cannot compute with the values of its inputs, although it takes their types; what runs it adds the
/// operation and the inputs to the error.
public struct ValueError: Error {
  /// What does not fit.
  public let reason: String

  /// Creates an error from its reason.
  public init(_ reason: String) { self.reason = reason }
}

/// Why an operation cannot take its inputs; the graph adds the operation and the inputs to the error.
public struct ShapeError: Error {
  /// What does not fit.
  public let reason: String

  /// Creates an error from its reason.
  public init(_ reason: String) { self.reason = reason }
}
