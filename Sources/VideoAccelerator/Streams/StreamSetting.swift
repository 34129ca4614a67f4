import IR
import Models
import Passes
import Preprocessing

/// How a model runs on a stream: its form, and which frames each run takes.
struct StreamSetting {
  /// What runs on the newest frames.
  struct Run {
    let model: Model
    /// What a run takes.
    let inputs: ClipInputs
    /// The number of frames from one run to the next.
    let stride: Int
  }

  let method: StreamMethod
  let run: Run
  /// What gives predictions until the run has seen all frames that its results depend on; nil for none.
  let opening: Run?
  let report: ContinualReport?
  let refusal: ContinualError?
  let classCount: Int

  /// Chooses how a model in deployable form runs.
  ///
  /// - Throws: `ContinualError` if it cannot run as the options want; ``VideoClassifierError`` if it gives no scores of classes;
  ///   `ModelError` if there is not a label for each.
  init(_ model: Model, inputs: ClipInputs, options: StreamOptions) throws {
    var continual: ContinualModel?
    var refusal: ContinualError?
    if !model.graph.states.isEmpty {
      guard options.method != .windows else { throw VideoClassifierError.hasStates(model: model.name) }
      guard options.headWindow == nil else { throw ContinualError.hasStates }
    } else if options.method != .windows {
      do {
        continual = try model.continual(headWindow: options.headWindow)
      } catch let error as ContinualError where options.method == .automatic && error.concernsTheModel {
        refusal = error
      }
    }
    report = continual?.report
    self.refusal = refusal
    let windows = Run(
      model: model, inputs: inputs, stride: options.stride ?? max(1, inputs.clip.frameCount / 2))
    if let continual {
      run = Run(model: continual.model, inputs: try inputs.made(of: inputs.clip.ofOneFrame), stride: 1)
    } else if model.graph.states.isEmpty {
      run = windows
    } else {
      run = Run(model: model, inputs: inputs, stride: inputs.clip.frameCount)
    }
    method = continual == nil && model.graph.states.isEmpty ? .windows : .continual
    opening = continual != nil && options.method == .automatic ? windows : nil
    let result = try run.model.graph.specialized(to: run.inputs.shapes).outputTypes[0]
    guard result.elementType == .float32, result.rank == 2, let count = result.shape[1].value, count > 0 else {
      throw VideoClassifierError.notAClassifier(model: model.name, result: result)
    }
    guard model.labels.isEmpty || model.labels.count == count else {
      throw ModelError.labelCount(model: model.name, labels: model.labels.count, classes: count)
    }
    classCount = count
  }
}

extension ContinualError {
  /// Whether the model itself has no continual form, whatever the options.
  fileprivate var concernsTheModel: Bool {
    switch self {
    case .refused, .inputCount, .noClip, .unknownClipShape: true
    case .hasStates, .headWindow, .noHead: false
    }
  }
}
