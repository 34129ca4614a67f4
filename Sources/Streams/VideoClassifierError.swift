import IR
import Tensors

/// Why a model cannot classify videos.
public enum VideoClassifierError: UserFacingError, Equatable {
  /// A model whose results are NaN or infinite.
  case notFinite(model: String)
  /// A model with states, whose result for a clip depends on earlier clips.
  case hasStates(model: String)
  /// A time from clip to clip that is not a number of seconds, 0.01 or more.
  case step(Double)
  /// A number of clips that is not 1 to 100,000.
  case clipCount(Int)
  /// A model whose first output is not float32 `[N, classes]`.
  case notAClassifier(model: String, result: ValueType)

  /// A sentence that says what to do.
  public var description: String {
    switch self {
    case .notFinite(let model):
      "\(model) computes NaN or infinity: check its weights for NaN and for values that overflow"
    case .notAClassifier(let model, let result):
      "\(model) is not a classifier: its result is \(result), not float32[N, classes]; run it with 'Model.run'"
    case .step(let seconds): "clips cannot begin every \(seconds) s: give a time of 0.01 s or more"
    case .clipCount(let count): "a video cannot be classified by \(count) clips: give 1 to 100000"
    case .hasStates(let model):
      "\(model) keeps states from run to run, so clips cannot be classified apart: run it frame by frame, as a stream"
    }
  }
}
