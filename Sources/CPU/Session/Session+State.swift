import IR
import Tensors

extension Session {
  /// Makes the states what they are before the first run.
  public func reset() { write(plan.states.initialValues) }

  /// The states as the next run will find them, by name: what ``restoreState(_:)`` takes, in this session or another of a plan for
  /// the same shapes.
  public func saveState() -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (offset, state) in zip(plan.stateOffsets, plan.states) {
      let source = UnsafeRawPointer(states(bank) + offset)
      var tensor = Tensor(zeros: state.shape, elementType: state.elementType)
      tensor.withUnsafeMutableBytes { target in
        if let start = target.baseAddress { start.copyMemory(from: source, byteCount: target.count) }
      }
      tensors[state.name] = tensor
    }
    return tensors
  }

  /// Goes on where a session was when it saved its states.
  ///
  /// - Throws: `StateError` if they are not this model's, of other shapes, or NaN where they become integers; the session stays as it is then.
  public func restoreState(_ tensors: [String: Tensor]) throws(StateError) {
    try plan.states.check(tensors)
    for number in plan.quantizedStates {
      let name = plan.states[number].name
      if tensors[name]?.holdsNaN == true { throw .notANumber(name: name) }
    }
    write(tensors)
  }

  private func write(_ tensors: [String: Tensor]) {
    for (offset, state) in zip(plan.stateOffsets, plan.states) {
      let target = states(bank) + offset
      tensors[state.name]?.withUnsafeBytes { source in
        if let start = source.baseAddress { target.copyMemory(from: start, byteCount: source.count) }
      }
    }
  }
}
