import Formats
import Architectures
import Tensors

/// A remark about a file of weights that a user should know: a sentence, and the names that it counts.
public struct WeightsNote: Sendable, Equatable {
  /// The sentence.
  public let text: String
  /// The names that the sentence counts.
  public let details: [String]

  /// Returns the notes about weights that were found in a checkpoint.
  static func notes(about fitted: FittedWeights, from file: Checkpoint) -> [WeightsNote] {
    var notes: [WeightsNote] = []
    if !fitted.alternatives.isEmpty {
      notes.append(WeightsNote(text: "\(file.path): the weights under \(fitted.key.quoted) are used", details: []))
    }
    if let first = fitted.unusedTensors.first {
      let tensors = fitted.unusedCount == 1 ? "1 tensor is" : "\(fitted.unusedCount) tensors are"
      notes.append(
        WeightsNote(
          text: "\(file.path): \(tensors) not used (first: \(first.quoted))", details: fitted.unusedTensors))
    }
    if let first = file.skippedClasses.first {
      let classes =
        file.skippedClasses.count == 1 ? "objects of 1 class" : "objects of \(file.skippedClasses.count) classes"
      notes.append(
        WeightsNote(
          text:
            "\(file.path): \(classes) beside the tensors were skipped, nothing was run (first: \(first.quoted))",
          details: file.skippedClasses))
    }
    return notes
  }
}

extension Checkpoint {
  /// Returns the error for a checkpoint that does not fit a model: names the model that it does fit, or those that are
  /// supported.
  func explanation(of mismatch: StateDictMismatch, for model: String) throws -> any Error {
    guard mismatch.classCounts == nil else { return mismatch }
    let fitting = try modelFits().filter { $0.mismatch == nil && (mismatch.isForeign || $0.key == mismatch.key) }
    if let fit = fitting.first, !fit.models.contains(model) {
      return ModelRequestError.otherModel(path: path, requested: model, models: fit.models)
    }
    var explained = mismatch
    explained.supported = Architecture.names
    return explained
  }
}
