import Tensors

extension Graph {
  /// A value that a run passes to the next one. A run reads all states as they are when it starts, and writes them when
  /// it ends.
  public struct State: Sendable {
    /// The value that a run reads, which has the name of the state.
    public let value: ValueID
    /// The value of all elements before the first run, such as 0, or −∞ for a running maximum.
    public let initial: Double
    /// The value that the next run reads; nil until it is set.
    var update: ValueID?

    /// The value that the next run reads, of the same type.
    public var next: ValueID { update ?? value }
  }

  /// The outputs, and the next values of the states.
  package var finalValues: [ValueID] { outputs + states.map(\.next) }

  /// The states in order; their shapes must be known (``specialized(to:)``).
  public var stateValues: [StateValue] {
    states.map { state in
      StateValue(
        name: self[state.value].name, shape: type(state.value).fixedShape ?? [],
        elementType: type(state.value).elementType, initial: state.initial)
    }
  }

  /// Returns the values of the states for a run; the initial values if `tensors` is empty.
  ///
  /// - Throws: ``StateError`` if they are not those of this graph's states.
  package func states(from tensors: [String: Tensor]) throws(StateError) -> [ValueID: Tensor] {
    let tensors = tensors.isEmpty ? stateValues.initialValues : tensors
    try stateValues.check(tensors)
    var values: [ValueID: Tensor] = [:]
    for state in states { values[state.value] = tensors[self[state.value].name] }
    return values
  }

  /// Returns the next values of the states, by name.
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

  /// Sets the value of a state for the next run.
  ///
  /// - Throws: ``GraphError/malformed(_:)`` if the value is not a state, or is updated already;
  ///   ``GraphError/state(name:expected:found:)`` if the types differ.
  mutating func update(_ state: ValueID, to next: ValueID) throws(GraphError) {
    guard let index = states.firstIndex(where: { $0.value == state }) else {
      throw .malformed("'\(self[state].name)' is updated, but is no state")
    }
    guard states[index].update == nil else { throw .malformed("the state '\(self[state].name)' is updated twice") }
    states[index].update = next
    try check(states[index])
  }

  /// Checks that a state is updated to a value of its type, and that its elements can represent the initial value.
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
