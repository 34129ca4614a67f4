import Tensors

/// A training state in one file: weights, averages, the optimizer's state, and the progress.
///
/// The file is written as a whole or not at all, so a run that is killed at any time leaves the previous one.
enum TrainingCheckpoint {
  private static let key = "training"
  private static let (weights, averages, slots) = ("weight/", "average/", "slot")

  /// Writes a state.
  ///
  /// - Throws: `FileError` if the disk is full, for example; then the file is as it was.
  static func write(_ state: TrainerState, settings: TrainingSettings, to path: String) throws {
    let (tensors, metadata) = encoded(state, settings)
    try SafetensorsFile.write(tensors, metadata: metadata, to: path)
  }

  /// Returns the bytes of the file of a state.
  static func bytes(of state: TrainerState, settings: TrainingSettings) throws -> [UInt8] {
    let (tensors, metadata) = encoded(state, settings)
    return try SafetensorsFile.bytes(of: tensors, metadata: metadata)
  }

  private static func encoded(
    _ state: TrainerState, _ settings: TrainingSettings
  ) -> (tensors: NamedTensors, metadata: [String: String]) {
    var tensors = NamedTensors()
    for (name, tensor) in state.weights.sorted(by: { $0.key < $1.key }) { tensors[weights + name] = tensor }
    for (name, tensor) in state.averages.sorted(by: { $0.key < $1.key }) { tensors[averages + name] = tensor }
    for (name, own) in state.optimizer.slots.sorted(by: { $0.key < $1.key }) {
      for (index, tensor) in own.enumerated() { tensors["\(slots)\(index)/\(name)"] = tensor }
    }
    var object: JSONObject = [
      "settings": .object(JSONObject(settings.named.map { ($0.name, .string($0.value)) })),
      "optimizer_steps": JSON(state.optimizer.steps),
      "epoch": JSON(state.epoch), "batch": JSON(state.batch), "step": JSON(state.step),
      "loss_sum_bits": .string(String(state.lossSum.bitPattern)), "correct": JSON(state.correct),
      "clips": JSON(state.clips),
    ]
    if let best = state.best {
      object["best_accuracy_bits"] = .string(String(best.score.accuracy.bitPattern))
      object["best_loss_bits"] = .string(String(best.score.loss.bitPattern))
      object["best_epoch"] = JSON(best.epoch)
    }
    return (tensors, [key: JSON.object(object).text()])
  }

  /// Reads the state of a run, for a network with the same parameters.
  ///
  /// Epochs, batch size and accumulation may differ from the settings of the checkpoint; all other settings must be the
  /// same.
  ///
  /// - Returns: The state, and the settings that differ.
  /// - Throws: `FileError` or `FormatError` if the file cannot be read or is damaged,
  ///   ``TrainingError/otherRun(path:reason:)`` if it is of another run,
  ///   ``TrainingError/optionsDiffer(path:differences:reason:)``.
  static func read(
    _ path: String, settings: TrainingSettings, like fresh: TrainerState
  ) throws -> (state: TrainerState, differences: [String]) {
    try read(SafetensorsFile(path: path), path: path, settings: settings, like: fresh)
  }

  /// Reads the state in an open file.
  static func read(
    _ file: SafetensorsFile, path: String, settings: TrainingSettings, like fresh: TrainerState
  ) throws -> (state: TrainerState, differences: [String]) {
    guard let text = file.metadata[key] else {
      throw TrainingError.otherRun(path: path, reason: "it is no checkpoint of a training")
    }
    let field = try JSON(parsing: Array(text.utf8), path: path).document(path: path)
    guard case .object(let old) = try field.required("settings").json else {
      throw TrainingError.otherRun(path: path, reason: "it was written by an earlier version")
    }
    var state = fresh
    var remembered: [String: [Tensor]] = [:]
    var names: Set<String> = []
    for (name, tensor) in file.tensors {
      // Copied, as the file is replaced while training goes on.
      let own = Tensor(tensor.elements(as: Float.self), shape: tensor.shape)
      if name.hasPrefix(weights) {
        let path = String(name.dropFirst(weights.count))
        names.insert(path)
        state.weights[path] = own
      } else if name.hasPrefix(averages) {
        state.averages[String(name.dropFirst(averages.count))] = own
      } else if name.hasPrefix(slots), let slash = name.firstIndex(of: "/"),
        let index = Int(name[name.index(name.startIndex, offsetBy: slots.count)..<slash])
      {
        // The slots of a parameter follow each other, as names are sorted within a type.
        let path = String(name[name.index(after: slash)...])
        if remembered[path, default: []].count == index { remembered[path, default: []].append(own) }
      }
    }
    let isAlike = state.weights.allSatisfy { path, tensor in fresh.weights[path]?.shape == tensor.shape }
    guard names == Set(fresh.weights.keys), isAlike else {
      throw TrainingError.otherRun(path: path, reason: "it is of another network")
    }
    state.optimizer = Optimizer(
      settings.method, weightDecay: settings.weightDecay, steps: try field.required("optimizer_steps").int(),
      slots: remembered)
    state.epoch = try field.required("epoch").int()
    state.batch = try field.required("batch").int()
    state.step = try field.required("step").int()
    state.lossSum = try bits(field.required("loss_sum_bits"))
    state.correct = try field.required("correct").int()
    state.clips = try field.required("clips").int()
    if let accuracy = try field.optional("best_accuracy_bits") {
      let score = ModelScore(loss: try bits(field.required("best_loss_bits")), accuracy: try bits(accuracy))
      state.best = (score, try field.required("best_epoch").int())
    }
    let differences = try adapt(&state, from: old, to: settings, path: path)
    return (state, differences)
  }

  /// Adapts a state to a run with other settings, and returns what differs.
  private static func adapt(
    _ state: inout TrainerState, from old: JSONObject, to settings: TrainingSettings, path: String
  ) throws(TrainingError) -> [String] {
    let old = old.keys.reduce(into: [String: String]()) { names, key in
      if case .string(let value) = old[key] { names[key] = value }
    }
    let changed = settings.named.filter { old[$0.name] != $0.value }
    let differences = changed.map { "\($0.name) \(old[$0.name] ?? "none") → \($0.value)" }
    let refused = { (reason: String) in
      TrainingError.optionsDiffer(path: path, differences: differences, reason: reason)
    }
    for (name, _) in changed {
      switch name {
      case TrainingSettings.epochsName:
        let begun = state.epoch + (state.batch > 0 ? 1 : 0)
        if settings.epochs < begun { throw refused("epoch \(begun) has begun already") }
      case TrainingSettings.batchSizeName:
        // The clips of an epoch are in the same order with any batch size.
        let clips = state.batch * (Int(old[name] ?? "") ?? 0)
        guard clips % settings.batchSize == 0 else {
          throw refused("after \(clips) clips of an epoch the next batch cannot be one of \(settings.batchSize)")
        }
        state.batch = clips / settings.batchSize
      case TrainingSettings.accumulationName: break
      case TrainingSettings.frozenEpochsName:
        let begun = state.epoch + (state.batch > 0 ? 1 : 0)
        let (before, now) = (Int(old[name] ?? "") ?? 0, settings.frozenEpochs)
        if min(before, begun) != min(now, begun) { throw refused("epoch \(begun) has begun already") }
      default: throw refused("\(name) cannot change in a run")
      }
    }
    return differences
  }

  /// Returns a number that has to be bit for bit the same.
  private static func bits(_ field: JSONField) throws -> Double {
    guard let bits = UInt64(try field.string()) else { throw field.error("must be the bits of a number") }
    return Double(bitPattern: bits)
  }
}
