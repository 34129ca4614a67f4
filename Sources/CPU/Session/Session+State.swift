import IR
import Tensors

extension Session {
  /// Resets the states to their initial values.
  public func reset() {
    // One tensor at a time: all of them would take the memory of the states once more.
    for number in plan.states.indices { write(plan.states[number].initialValue, toState: number) }
  }

  /// Returns the states that the next run would read, by name, for ``restoreState(_:)`` in this session or another one
  /// of a plan for the same shapes.
  public func saveState() -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (number, state) in plan.states.enumerated() {
      var tensor = Tensor(zeros: state.shape, elementType: state.elementType)
      tensor.withUnsafeMutableBytes { target in
        if let start = target.baseAddress { plan.stateCodings[number].read(place(ofState: number), to: start) }
      }
      tensors[state.name] = tensor
    }
    return tensors
  }

  /// Continues from states that a session saved.
  ///
  /// - Parameter tensors: The states by name, from ``saveState()``.
  /// - Throws: `StateError` if they are not those of this model, have other shapes, or contain NaN where they are
  ///   quantized; the session is then unchanged.
  public func restoreState(_ tensors: [String: Tensor]) throws(StateError) {
    try plan.states.check(tensors)
    for number in plan.quantizedStates {
      let name = plan.states[number].name
      if tensors[name]?.holdsNaN == true { throw .notANumber(name: name) }
    }
    for (number, state) in plan.states.enumerated() {
      if let tensor = tensors[state.name] { write(tensor, toState: number) }
    }
  }

  private func write(_ tensor: Tensor, toState number: Int) {
    tensor.withUnsafeBytes { source in
      if let start = source.baseAddress { plan.stateCodings[number].write(start, to: place(ofState: number)) }
    }
  }
}
