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
    try options.check()
    let inputs = try model.requiredClipInputs()
    let runnable = try model.runnable(in: precision)
    let setting =
      if options.method == .continual, runnable.graph.states.isEmpty {
        try StreamSetting(
          .continual,
          .init(
            runnable.continual(headWindow: options.headWindow).model, inputs: inputs.made(of: inputs.clip.ofOneFrame),
            stride: 1))
      } else {
        try StreamSetting(runnable, inputs: inputs, options: options)
      }
    try self.init(setting, of: model, threads: threads, options: options)
  }
}
