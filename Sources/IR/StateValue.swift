import Tensors

/// A state of a graph with known shapes, for code that keeps its value between runs.
public struct StateValue: Sendable, Hashable {
  /// The name of the state.
  public let name: String
  /// The length of each axis.
  public let shape: [Int]
  /// The type of the elements.
  public let elementType: ElementType
  /// The value of all elements before the first run.
  public let initial: Double

  /// The tensor before the first run.
  public var initialValue: Tensor { Tensor(repeating: initial, shape: shape, elementType: elementType) }
  /// The size of the tensor in bytes.
  public var byteCount: Int { shape.reduce(elementType.byteCount, *) }
}

extension [StateValue] {
  /// The tensors before the first run, by name.
  public var initialValues: [String: Tensor] {
    Dictionary(uniqueKeysWithValues: map { ($0.name, $0.initialValue) })
  }

  /// Checks that there is a tensor of the right type for each state, and no others.
  ///
  /// - Throws: ``StateError``.
  public func check(_ tensors: [String: Tensor]) throws(StateError) {
    guard tensors.count == count, allSatisfy({ tensors[$0.name] != nil }) else {
      throw .names(expected: map(\.name), found: tensors.keys.sorted())
    }
    for state in self {
      let expected = ValueType(state.shape.map { .fixed($0) }, elementType: state.elementType)
      guard let tensor = tensors[state.name], ValueType(tensor) != expected else { continue }
      throw .value(name: state.name, expected: expected, found: ValueType(tensor))
    }
  }
}

/// Why values are not those of a graph's states.
public enum StateError: UserFacingError, Equatable {
  /// Values of other states.
  case names(expected: [String], found: [String])
  /// A value of another shape or element type.
  case value(name: String, expected: ValueType, found: ValueType)
  /// A value with NaN for a state that is quantized.
  case notANumber(name: String)

  /// A sentence that names the states.
  public var description: String {
    switch self {
    case .names(let expected, let found):
      "the states are \(Self.list(expected)), not \(Self.list(found)): restore what the same model has saved"
    case .value(let name, let expected, let found):
      "the state '\(name)' must be \(expected), not \(found): restore what was saved for inputs of the same shapes"
    case .notANumber(let name): "the state '\(name)' contains NaN, which int8 cannot hold"
    }
  }

  private static func list(_ names: [String]) -> String { "[\(names.joined(separator: ", "))]" }
}
