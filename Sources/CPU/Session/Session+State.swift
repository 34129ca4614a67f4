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
      let source = UnsafeRawPointer(states(half) + offset)
      var tensor = Tensor(zeros: state.shape, elementType: state.elementType)
      tensor.withUnsafeMutableBytes { $0.baseAddress?.copyMemory(from: source, byteCount: $0.count) }
      tensors[state.name] = tensor
    }
    return tensors
  }

  /// Goes on where a session was when it saved its states.
  ///
  /// - Throws: `StateError` if they are not this model's, or of other shapes; the session stays as it is then.
  public func restoreState(_ tensors: [String: Tensor]) throws(StateError) {
    try plan.states.check(tensors)
    write(tensors)
  }

  private func write(_ tensors: [String: Tensor]) {
    for (offset, state) in zip(plan.stateOffsets, plan.states) {
      let target = states(half) + offset
      tensors[state.name]?.withUnsafeBytes { source in
        if let start = source.baseAddress { target.copyMemory(from: start, byteCount: source.count) }
      }
    }
  }
}
