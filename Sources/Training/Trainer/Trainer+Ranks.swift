import IR
import Tensors

/// What a trainer does with other ranks.
extension Trainer {
  /// Whether this process writes what comes of the training.
  var leads: Bool { exchange?.group.place.leads ?? true }

  /// Returns whether to stop: all ranks do if one of them is to.
  func stops(_ hooks: Hooks) throws -> Bool {
    let own = hooks.shouldStop()
    guard let group = exchange?.group else { return own }
    return try group.sums([own ? 1 : 0])[0] > 0
  }

  /// Makes the state on all ranks that of rank 0: where they started from other files, or their processors round in other
  /// ways.
  func takeStateOfRankZero() throws {
    guard let group = exchange?.group else { return }
    let bytes = try group.broadcast(group.place.leads ? TrainingCheckpoint.bytes(of: state, settings: settings) : [])
    guard !group.place.leads else { return }
    let path = "the state of rank 0"
    state = try TrainingCheckpoint.read(
      SafetensorsFile(MappedFile(path: path, copying: bytes)), path: path, settings: settings, like: state
    ).state
  }

  /// Returns the loss of the whole batch, and the number of its clips whose class was predicted.
  func whole(loss: Double, correct: Int) throws -> (loss: Double, correct: Int) {
    guard let group = exchange?.group else { return (loss, correct) }
    let sums = try group.sums([loss, Double(correct)])
    return (sums[0], Int(sums[1]))
  }

  /// Returns where NaN or infinity comes from; of several ranks, that of the first one that finds it.
  func placeNotFinite(
    _ session: TrainingSession, _ inputs: [Tensor], targets: Tensor, key: RandomKey
  ) throws -> String {
    guard let group = exchange?.group else {
      return try NotFinite.place(session.form, inputs + [targets, key.tensor], state.weights)
    }
    // Each rank looks by itself, in a graph that exchanges nothing.
    let own = try NotFinite.place(
      TrainingGraph(network, inputShapes: inputs.map(\.shape)), inputs + [targets, key.tensor], state.weights)
    let places = try group.gather(own)
    return places.first { $0 != NotFinite.unknown } ?? own
  }
}
