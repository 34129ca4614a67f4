import IR
import Models
import Preprocessing

/// How a model runs on a stream: its form, and which frames each run takes.
package struct StreamSetting: Sendable {
  /// What runs on the newest frames.
  package struct Run: Sendable {
    let model: Model
    /// What a run takes.
    let inputs: ClipInputs
    /// The number of frames from one run to the next.
    let stride: Int

    /// Creates runs of a model.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - inputs: What a run takes.
    ///   - stride: The number of frames from one run to the next.
    package init(_ model: Model, inputs: ClipInputs, stride: Int) {
      (self.model, self.inputs, self.stride) = (model, inputs, stride)
    }
  }

  let method: StreamMethod
  let run: Run
  let classCount: Int

  /// Creates a setting.
  ///
  /// - Parameters:
  ///   - method: Whether runs are on single frames or on windows.
  ///   - run: What runs on the newest frames.
  /// - Throws: ``VideoClassifierError/notAClassifier(model:result:)`` if the model gives no scores of classes; `ModelError` if
  ///   there is not a label for each.
  package init(_ method: StreamMethod, _ run: Run) throws {
    let model = run.model
    let result = try model.graph.specialized(to: run.inputs.shapes).outputTypes[0]
    guard result.elementType == .float32, result.rank == 2, let count = result.shape[1].value, count > 0 else {
      throw VideoClassifierError.notAClassifier(model: model.name, result: result)
    }
    guard model.labels.isEmpty || model.labels.count == count else {
      throw ModelError.labelCount(model: model.name, labels: model.labels.count, classes: count)
    }
    (self.method, self.run) = (method, run)
    classCount = count
  }

  /// Chooses how a model runs as it is: frame by frame if it has states, else on windows.
  ///
  /// - Throws: ``StreamError/option(_:)`` or ``VideoClassifierError`` if it cannot run as the options want; what the other
  ///   initializer throws.
  package init(_ model: Model, inputs: ClipInputs, options: StreamOptions) throws {
    guard options.headWindow == nil else {
      throw StreamError.option(
        "\(model.name) runs as it is: a head's window is chosen when a model's continual form is made")
    }
    if !model.graph.states.isEmpty {
      guard options.method != .windows else { throw VideoClassifierError.hasStates(model: model.name) }
      try self.init(.continual, Run(model, inputs: inputs, stride: inputs.clip.frameCount))
    } else {
      guard options.method != .continual else {
        throw StreamError.option("\(model.name) has no states, so it runs on windows: deploy its continual form")
      }
      let stride = options.stride ?? max(1, inputs.clip.frameCount / 2)
      try self.init(.windows, Run(model, inputs: inputs, stride: stride))
    }
  }
}
