import IR
import Models
import Passes
import Preprocessing

/// How a model runs on a stream: its form, and which frames each run takes.
struct StreamSetting {
  let method: StreamMethod
  /// The model that runs.
  let model: Model
  /// What a run takes.
  let inputs: ClipInputs
  /// The number of frames from one run to the next.
  let stride: Int
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
    self.model = continual?.model ?? model
    self.inputs = continual == nil ? inputs : try inputs.made(of: inputs.clip.ofOneFrame)
    let runsOnStates = !self.model.graph.states.isEmpty
    method = runsOnStates || continual != nil ? .continual : .windows
    let frameCount = self.inputs.clip.frameCount
    stride = method == .continual ? frameCount : options.stride ?? max(1, frameCount / 2)
    let result = try self.model.graph.specialized(to: self.inputs.shapes).outputTypes[0]
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
