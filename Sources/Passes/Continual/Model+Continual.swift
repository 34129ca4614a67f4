import IR
import Models
import Preprocessing

extension Model {
  /// Returns the model that computes each frame of a video once: it takes one frame `[N, C, 1, H, W]`, and a session with
  /// it gives the prediction for the newest frames at each run.
  ///
  /// ```swift
  /// let continual = try Model(contentsOf: "x3d_s.accel").continual()
  /// let session = try Session(continual.model.plan(inputShapes: [1, 3, 1, 182, 182]))
  /// for (number, frame) in frames.enumerated() {
  ///   let scores = try session.run(frame)[0]
  ///   if number >= continual.report.timing.warmUpSteps { … }
  /// }
  /// ```
  /// See ``ContinualForm`` for what it computes. A model in integers stays one, and keeps past frames as bytes.
  ///
  /// - Parameters:
  ///   - headWindow: The number of frames that a mean at the network's end is computed of; nil for as many as in a clip.
  ///   - clipShape: The shape of a clip; nil for that of the model's own clips.
  /// - Throws: ``ContinualError`` if the model cannot be computed frame by frame; `GraphError` if the graph is not
  ///   well-formed or does not take the clip.
  public func continual(headWindow: Int? = nil, clipShape: [Int]? = nil) throws -> ContinualModel {
    guard let shape = clipShape ?? clipShapes?.first else { throw ContinualError.unknownClipShape(model: name) }
    let form = try ContinualForm(
      ModelProgram(graph, weights: floatWeights()), clipShape: shape, headWindow: headWindow,
      quantization: quantization)
    var model = Model(
      name: name, graph: form.program.graph, weights: quantization == nil ? form.program.weights : weights,
      form: self.form, quantization: form.quantization,
      recipes: recipes.mapValues(\.ofOneFrame), labels: labels, provenance: provenance)
    model.stepTiming = form.report.timing
    return ContinualModel(model: model, report: form.report)
  }
}

/// A model that computes each frame once, and what its steps need.
public struct ContinualModel: Sendable {
  /// The model, whose input is one frame.
  public let model: Model
  /// What a step needs and costs, beside a clip.
  public let report: ContinualReport
}
