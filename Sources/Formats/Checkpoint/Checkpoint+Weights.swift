import Tensors

/// A model's weights, and what a user should know about where they came from.
public struct FittedWeights: Sendable {
  /// The parameters and buffers in float32, each in the expected shape.
  public let weights: [String: Tensor]
  /// The keys that lead to the weights, joined by dots, as in `state_dict.model`; `.` for a file of nothing else.
  public let key: String
  /// What the file's naming of parameters is called, if it is not the model's own.
  public let naming: String?
  /// The keys of other sets of tensors that have some of the model's names.
  public let alternatives: [String]
  /// Tensors of the file that the model has no use for: in the same dictionary first.
  public let unusedTensors: [String]
  /// How many tensors the model has no use for, those without names included.
  public let unusedCount: Int
}

extension Checkpoint {
  /// The model's parameters and buffers, from wherever they are in the file.
  ///
  /// They may be under any keys and start with any prefix. Every expected name must be there; step counters of batch norms
  /// may be missing, and what belongs to no module of the network is left aside. If several sets of tensors fit, `key` says
  /// which one is meant, unless they are the same numbers; the only one that fits is taken by itself. float16, bfloat16 and
  /// float64 are converted; pruned and weight-normalized parameters are put together.
  ///
  /// - Parameters:
  ///   - expected: the model's parameters and buffers, the classifier last.
  ///   - namings: the names that the parameters may have.
  ///   - key: which of several sets of weights is meant: its ``FittedWeights/key``, or how that starts.
  /// - Throws: ``StateDictMismatch`` with everything that does not fit; ``CheckpointError`` if several sets of weights do,
  ///   or none has the key; `FormatError` if their numbers are damaged or missing.
  public func weights(
    for expected: [ExpectedTensor], namings: [any ParameterNaming] = [OwnNaming()], key: String? = nil
  ) throws -> FittedWeights {
    let all = candidates(for: expected, namings: namings)
    let candidates = try all.filter(by: key, in: self)
    guard let first = candidates.first else {
      throw StateDictMismatch(foreign: self, expected: expected)
    }
    let fitting = candidates.filter(\.fits)
    guard let chosen = fitting.first else { throw first.mismatch }
    var reader = reader()
    let weights = try chosen.weights(&reader)
    for other in fitting.dropFirst() {
      guard try other.weights(&reader) == weights else {
        throw CheckpointError.severalWeights(path: path, keys: fitting.map(\.key))
      }
    }
    let (unused, count) = unused(by: chosen)
    return FittedWeights(
      weights: weights, key: chosen.key, naming: chosen.naming.name,
      alternatives: all.map(\.key).filter { $0 != chosen.key }, unusedTensors: unused, unusedCount: count)
  }

  /// How each set of tensors that could be a model's weights compares with it, the nearest first; no numbers are read.
  public func comparisons(
    with expected: [ExpectedTensor], namings: [any ParameterNaming] = [OwnNaming()]
  ) -> [(key: String, naming: String?, mismatch: StateDictMismatch?, ignored: [String])] {
    candidates(for: expected, namings: namings).map {
      ($0.key, $0.naming.name, $0.fits ? nil : $0.mismatch, $0.ignored)
    }
  }

  private func unused(by chosen: WeightsCandidate) -> (names: [String], count: Int) {
    // The chosen one's key starts with that of its state dict.
    let own = stateDicts.filter { chosen.key == $0.key || $0.key.isEmpty || chosen.key.hasPrefix("\($0.key).") }
      .max { $0.key.count < $1.key.count }
    var names = chosen.ignored
    for stateDict in stateDicts where stateDict.key != own?.key {
      names += stateDict.entries.lazy.map { stateDict.key.isEmpty ? $0.name : "\(stateDict.key).\($0.name)" }
        .filter { !WeightsCandidate.isStepCounter($0) }
    }
    if let first = unnamedTensors.first { names.append(first) }
    return (names, names.count + max(unnamedTensors.count - 1, 0))
  }
}

extension [WeightsCandidate] {
  /// The candidates with a key, or with one that starts with it.
  fileprivate func filter(by key: String?, in checkpoint: Checkpoint) throws(CheckpointError) -> [WeightsCandidate] {
    guard let key = key.map(StateDict.unwrapped) else { return self }
    let exact = filter { $0.key == key }
    let found = exact.isEmpty ? filter { $0.key.hasPrefix("\(key).") } : exact
    if !found.isEmpty { return found }
    let keys = isEmpty ? checkpoint.stateDicts.map { $0.key.isEmpty ? "." : $0.key } : map(\.key)
    throw .noSuchKey(path: checkpoint.path, key: key, keys: keys)
  }
}
