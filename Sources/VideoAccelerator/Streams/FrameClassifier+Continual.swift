import IR
import Models
import Passes
import Preprocessing
import Streams

extension FrameClassifier {
  /// Creates a classifier that runs a model in its continual form, if it has one and the options do not want windows.
  ///
  /// - Parameters:
  ///   - model: The model; one in original form is transmuted for this machine.
  ///   - precision: The number format to run in; nil for the model's own.
  ///   - threads: The number of threads that run the model.
  ///   - options: How predictions are made.
  /// - Throws: `StreamError.option(_:)`, `ContinualError` if the model cannot run as the options want,
  ///   `VideoClassifierError`, `ModelError` if it has no recipe or not a label for each class, and what `Model.runnable(in:)` throws.
  public convenience init(
    _ model: Model, precision: Precision? = nil, threads: Int = 1, options: StreamOptions = StreamOptions()
  ) throws {
    try options.check()
    let inputs = try model.requiredClipInputs()
    try self.init(
      StreamSetting(continual: model.runnable(in: precision), inputs: inputs, options: options), of: model,
      threads: threads, options: options)
  }

  /// What steps of the model's continual form need and cost; nil if it has states of its own, or runs on windows.
  public var report: ContinualReport? { note as? ContinualReport }

  /// Why the model runs on windows although it may run frame by frame; nil if it does, or windows were asked for.
  public var refusal: ContinualError? { note as? ContinualError }
}

extension StreamSetting {
  /// Chooses how a model in deployable form runs: in its continual form, if it has one and the options do not want windows.
  ///
  /// The note is the form's `ContinualReport`, or the `ContinualError` that says why there is none.
  ///
  /// - Throws: `ContinualError` if it cannot run as the options want; what `init(_:inputs:options:)` throws.
  fileprivate init(continual model: Model, inputs: ClipInputs, options: StreamOptions) throws {
    guard options.method != .windows, model.graph.states.isEmpty else {
      if options.method != .windows, options.headWindow != nil { throw ContinualError.hasStates }
      try self.init(model, inputs: inputs, options: options)
      return
    }
    let windows = Run.windows(of: model, inputs: inputs, options: options)
    do {
      let continual = try model.continual(headWindow: options.headWindow)
      try self.init(
        .continual, Run(continual.model, inputs: inputs.made(of: inputs.clip.ofOneFrame), stride: 1),
        opening: options.method == .automatic ? windows : nil, note: continual.report)
    } catch let error as ContinualError where options.method == .automatic && error.concernsTheModel {
      try self.init(.windows, windows, note: error)
    }
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
