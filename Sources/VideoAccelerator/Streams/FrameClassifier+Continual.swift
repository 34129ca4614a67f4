import Models
import Passes
import Preprocessing
import Streams

extension FrameClassifier {
  /// Creates a classifier that runs a model as it is, or in its continual form if the options want that.
  ///
  /// - Parameters:
  ///   - model: The model; one in original form is transmuted for this machine.
  ///   - precision: The number format to run in; nil for the model's own.
  ///   - threads: The number of threads that run the model.
  ///   - options: How predictions are made.
  /// - Throws: `StreamError.option(_:)`, `ContinualError` if the model has no continual form and the options want it,
  ///   `VideoClassifierError`, `ModelError` if it has no recipe or not a label for each class, and what `Model.runnable(in:)` throws.
  public convenience init(
    _ model: Model, precision: Precision? = nil, threads: Int = 1, options: StreamOptions = StreamOptions()
  ) throws {
    let setting = try StreamSetting(choosing: options, for: model.runnable(in: precision))
    try self.init(setting, of: model, threads: threads, options: options)
  }
}

extension StreamSetting {
  /// Chooses how a model runs: as it is, or in its continual form if the options want that.
  ///
  /// - Parameters:
  ///   - options: How predictions are made.
  ///   - model: The model in deployable form.
  /// - Throws: As the classifier's initializer.
  package init(choosing options: StreamOptions, for model: Model) throws {
    try options.check()
    let inputs = try model.requiredClipInputs()
    guard options.method == .continual, model.graph.states.isEmpty else {
      self = try StreamSetting(model, inputs: inputs, options: options)
      return
    }
    let steps = try model.continual(headWindow: options.headWindow).model
    try self.init(.continual, .init(steps, inputs: inputs.made(of: inputs.clip.ofOneFrame), stride: 1))
  }
}
