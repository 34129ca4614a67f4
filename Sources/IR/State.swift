import Tensors

extension Graph {
  /// A value that a run hands on to the next one: all states are read as they are when a run begins, and written when it ends.
  public struct State: Sendable {
    /// The value that a run reads; its name is the state's.
    public let value: ValueID
    /// What all elements are before the first run: 0, or −∞ for a maximum so far.
    public let initial: Double
    /// The value that the next run reads, once it is known.
    var update: ValueID?

    /// The value that the next run reads, of the same type.
    public var next: ValueID { update ?? value }
  }

  /// What is needed once all operations are done: the outputs, and what the states hand on.
  package var finalValues: [ValueID] { outputs + states.map(\.next) }

  /// The states with their shapes, which must be known (``specialized(to:)``), in order.
  public var stateValues: [StateValue] {
    states.map { state in
      StateValue(
        name: self[state.value].name, shape: type(state.value).fixedShape ?? [],
        elementType: type(state.value).elementType, initial: state.initial)
    }
  }

  /// The values that a run begins with; without any, what the states are before the first run.
  ///
  /// - Throws: ``StateError`` if they are not those of this graph's states.
  package func states(from tensors: [String: Tensor]) throws(StateError) -> [ValueID: Tensor] {
    let tensors = tensors.isEmpty ? stateValues.initialValues : tensors
    try stateValues.check(tensors)
    var values: [ValueID: Tensor] = [:]
    for state in states { values[state.value] = tensors[self[state.value].name] }
    return values
  }

  /// What the states hand on, by name, once all values are computed.
  package func states(handingOn value: (ValueID) -> Tensor?) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for state in states { tensors[self[state.value].name] = value(state.next) }
    return tensors
  }

  mutating func addState(name: String, type: ValueType, initial: Double) -> ValueID {
    let id = addValue(name: name, type: type)
    states.append(State(value: id, initial: initial))
    return id
  }

  /// Says what a state hands on to the next run.
  ///
  /// - Throws: ``GraphError/malformed(_:)`` if the value is no state or one that is updated already,
  ///   ``GraphError/state(name:expected:found:)`` if the types differ.
  mutating func update(_ state: ValueID, to next: ValueID) throws(GraphError) {
    guard let index = states.firstIndex(where: { $0.value == state }) else {
      throw .malformed("'\(self[state].name)' is updated, but is no state")
    }
    guard states[index].update == nil else { throw .malformed("the state '\(self[state].name)' is updated twice") }
    states[index].update = next
    try check(states[index])
  }

  /// Checks that a state is updated, by a value of its type, and that its elements can be what it begins with.
  func check(_ state: State) throws(GraphError) {
    let (name, expected) = (self[state.value].name, type(state.value))
    guard let next = state.update else { throw .malformed("the state '\(name)' is not updated") }
    guard values.indices.contains(next.index) else { throw .malformed("the state '\(name)' is updated to no value") }
    let found = type(next)
    guard found.elementType == expected.elementType, found.rank == expected.rank,
      zip(found.shape, expected.shape).allSatisfy({ $0.isCompatible(with: $1) })
    else { throw .state(name: name, expected: expected, found: found) }
    guard expected.elementType.holds(state.initial) else {
      throw .malformed("the state '\(name)' is \(expected.elementType) and cannot begin with \(state.initial)")
    }
  }
}

/// A state of a graph whose shapes are known, for whoever keeps its value from one run to the next.
public struct StateValue: Sendable, Hashable {
  /// The name.
  public let name: String
  /// The length of each axis.
  public let shape: [Int]
  /// The type of the elements.
  public let elementType: ElementType
  /// What all elements are before the first run.
  public let initial: Double

  /// The value before the first run.
  public var initialValue: Tensor { Tensor(repeating: initial, shape: shape, elementType: elementType) }
  /// How many bytes the value takes.
  public var byteCount: Int { shape.reduce(elementType.byteCount, *) }
}

extension [StateValue] {
  /// The values before the first run, by name.
  public var initialValues: [String: Tensor] {
    Dictionary(uniqueKeysWithValues: map { ($0.name, $0.initialValue) })
  }

  /// Checks that there is a tensor of the right type for each state, and no other.
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

/// Values that are not those of a graph's states.
public enum StateError: UserFacingError, Equatable {
  /// Values of other states.
  case names(expected: [String], found: [String])
  /// A value of another shape or element type.
  case value(name: String, expected: ValueType, found: ValueType)

  /// One sentence that names the states.
  public var description: String {
    switch self {
    case .names(let expected, let found):
      "the states are \(Self.list(expected)), not \(Self.list(found)): restore what the same model has saved"
    case .value(let name, let expected, let found):
      "the state '\(name)' must be \(expected), not \(found): restore what was saved for inputs of the same shapes"
    }
  }

  private static func list(_ names: [String]) -> String { "[\(names.joined(separator: ", "))]" }
}
