import Tensors

/// A model's weights from a checkpoint, and how they were found.
public struct FittedWeights: Sendable {
  /// The parameters and buffers in float32, each in the expected shape.
  public let weights: [String: Tensor]
  /// The keys that lead to the weights, joined by dots, as in `state_dict.model`; `.` for a file of nothing else.
  public let key: String
  /// The name of the file's naming of parameters, if it is not the model's own.
  public let naming: String?
  /// The keys of other sets of tensors that have some of the model's names.
  public let alternatives: [String]
  /// The tensors of the file that the model does not need, those in the same dictionary first.
  public let unusedTensors: [String]
  /// The number of tensors that the model does not need, including those without names.
  public let unusedCount: Int
}

extension Checkpoint {
  /// Returns the model's parameters and buffers, wherever they are in the file.
  ///
  /// They may be under any keys and start with any prefix. Every expected name must exist, except for step counters of
  /// batch norms; tensors of no module of the network are ignored. If several sets of tensors fit, `key` selects one,
  /// unless they are equal; the only one that fits is selected by itself. float16, bfloat16 and float64 are converted;
  /// pruned and weight-normalized parameters are computed from their parts.
  ///
  /// - Parameters:
  ///   - expected: The model's parameters and buffers, the classifier last.
  ///   - namings: The names that the parameters may have.
  ///   - key: The key of one of several sets of weights: its ``FittedWeights/key``, or the start of it.
  /// - Throws: ``StateDictMismatch`` with everything that does not fit; ``CheckpointError`` if several sets of weights
  ///   fit, or none has the key; `FormatError` if elements are damaged or missing.
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

  /// Returns how each set of tensors that could be a model's weights differs from it, the nearest first; no elements
  /// are read.
  public func comparisons(
    with expected: [ExpectedTensor], namings: [any ParameterNaming] = [OwnNaming()]
  ) -> [(key: String, naming: String?, mismatch: StateDictMismatch?, ignored: [String])] {
    candidates(for: expected, namings: namings).map {
      ($0.key, $0.naming.name, $0.fits ? nil : $0.mismatch, $0.ignored)
    }
  }

  private func unused(by chosen: WeightsCandidate) -> (names: [String], count: Int) {
    // The selected one's key starts with that of its state dict.
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
  /// Returns the candidates with a key, or with one that starts with it.
  fileprivate func filter(by key: String?, in checkpoint: Checkpoint) throws(CheckpointError) -> [WeightsCandidate] {
    guard let key = key.map(StateDict.unwrapped) else { return self }
    let exact = filter { $0.key == key }
    let found = exact.isEmpty ? filter { $0.key.hasPrefix("\(key).") } : exact
    if !found.isEmpty { return found }
    let keys = isEmpty ? checkpoint.stateDicts.map { $0.key.isEmpty ? "." : $0.key } : map(\.key)
    throw .noSuchKey(path: checkpoint.path, key: key, keys: keys)
  }
}
