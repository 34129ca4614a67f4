import Tensors

/// A state of training in one file: weights, averages, what the optimizer remembers, and how far it is.
///
/// The file is written as a whole or not at all, so a run that is killed at any time leaves the last one that was.
enum TrainingCheckpoint {
  private static let key = "training"
  private static let (weights, averages, slots) = ("weight/", "average/", "slot")

  /// Writes a state.
  ///
  /// - Throws: `FileError` if the disk is full, for example; then the file is as it was.
  static func write(_ state: TrainerState, settings: TrainingSettings, to path: String) throws {
    var tensors = NamedTensors()
    for (name, tensor) in state.weights.sorted(by: { $0.key < $1.key }) { tensors[weights + name] = tensor }
    for (name, tensor) in state.averages.sorted(by: { $0.key < $1.key }) { tensors[averages + name] = tensor }
    for (name, own) in state.optimizer.slots.sorted(by: { $0.key < $1.key }) {
      for (index, tensor) in own.enumerated() { tensors["\(slots)\(index)/\(name)"] = tensor }
    }
    var object: JSONObject = [
      "settings": .string(settings.fingerprint), "optimizer_steps": JSON(state.optimizer.steps),
      "epoch": JSON(state.epoch), "batch": JSON(state.batch), "step": JSON(state.step),
      "loss_sum_bits": .string(String(state.lossSum.bitPattern)), "correct": JSON(state.correct),
      "clips": JSON(state.clips),
    ]
    if let best = state.best {
      object["best_accuracy_bits"] = .string(String(best.score.accuracy.bitPattern))
      object["best_loss_bits"] = .string(String(best.score.loss.bitPattern))
      object["best_epoch"] = JSON(best.epoch)
    }
    try SafetensorsFile.write(tensors, metadata: [key: JSON.object(object).text()], to: path)
  }

  /// Reads a state of a run with the same settings, for a network with the same parameters.
  ///
  /// - Throws: `FileError` or `FormatError` if the file cannot be read or is damaged, ``TrainingError/otherRun(path:reason:)`` if
  ///   it is of another run.
  static func read(_ path: String, settings: TrainingSettings, like fresh: TrainerState) throws -> TrainerState {
    let file = try SafetensorsFile(path: path)
    guard let text = file.metadata[key] else {
      throw TrainingError.otherRun(path: path, reason: "it is no checkpoint of a training")
    }
    let field = try JSON(parsing: Array(text.utf8), path: path).document(path: path)
    guard try field.required("settings").string() == settings.fingerprint else {
      throw TrainingError.otherRun(
        path: path, reason: "its run has other settings: resume with the options that it began with")
    }
    var state = fresh
    var remembered: [String: [Tensor]] = [:]
    var names: Set<String> = []
    for (name, tensor) in file.tensors {
      // Copied: the file is replaced while training goes on.
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
        // Slots of a parameter follow each other, as names are sorted within a type.
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
    return state
  }

  /// A number that is to be the same to the last bit.
  private static func bits(_ field: JSONField) throws -> Double {
    guard let bits = UInt64(try field.string()) else { throw field.error("must be the bits of a number") }
    return Double(bitPattern: bits)
  }
}
