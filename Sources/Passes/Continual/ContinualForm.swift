import IR

/// A network that computes each frame of a video once: a program for a single new frame, which hands on to its next run
/// what it needs of earlier frames.
///
/// A step takes a frame `[N, C, 1, H, W]`, and its outputs are those of the clip that ends there. It computes what the clip
/// graph without padding in time computes:
/// - convolutions and pooling keep the frames of their windows, which slide by one frame;
/// - a branch that has its result earlier than another waits for it, so that residuals are added to their own frames;
/// - means, maxima and sums over all frames are those of a window of the newest frames, as many as the clip graph has
///   there. Within the network, as in squeeze-excite, each frame is scaled by the mean of the window that it ends.
///
/// Source: Hedegaard and Iosifidis 2022, "Continual 3D Convolutional Neural Networks for Real-time Processing of Videos",
/// arXiv 2106.00050.
public struct ContinualForm: Sendable {
  /// The program of a step.
  public let program: ModelProgram
  /// What a step needs and costs, beside a clip.
  public let report: ContinualReport
  /// How the step's values are quantized; nil in floating point.
  public let quantization: QuantizationTable?

  /// Makes the continual form of a program.
  ///
  /// - Parameters:
  ///   - program: A program whose only input is a clip `[N, C, T, H, W]`, in original or deployable form.
  ///   - clipShape: The shape of a clip, which says how many frames the network averages.
  ///   - headWindow: The number of frames that a mean at the network's end is computed of; nil for as many as in a clip.
  ///   - quantization: How the program's values are quantized; nil in floating point. Frames are then kept as bytes.
  /// - Throws: ``ContinualError`` if the network cannot be computed frame by frame; `GraphError` if the graph is not
  ///   well-formed or does not take the clip.
  public init(
    _ program: ModelProgram, clipShape: [Int], headWindow: Int? = nil, quantization: QuantizationTable? = nil
  ) throws {
    let graph = program.graph
    guard graph.states.isEmpty else { throw ContinualError.hasStates }
    guard graph.inputs.count == 1 else { throw ContinualError.inputCount(graph.inputs.count) }
    guard clipShape.count == 5, clipShape[2] > 0 else {
      throw ContinualError.noClip(input: graph.inputTypes[0].name, shape: clipShape)
    }
    if let headWindow, !(1...ContinualError.longestWindow).contains(headWindow) {
      throw ContinualError.headWindow(headWindow)
    }
    let clip = try graph.specialized(to: [clipShape])
    let analysis = try TemporalAnalysis(clip, integers: quantization?.points(in: graph).nodes)
    guard analysis.refusals.isEmpty else { throw ContinualError.refused(analysis.refusals) }
    var builder = ContinualBuilder(program, analysis, headWindow: headWindow)
    let step = try builder.build()
    guard builder.refusals.isEmpty else { throw ContinualError.refused(builder.refusals) }
    guard headWindow == nil || builder.hasHead else { throw ContinualError.noHead }
    self.program = step.program
    self.quantization = try quantization.map { try step.quantization(from: $0, of: graph) }
    report = try ContinualReport(
      step: step.program.graph.specialized(to: [ContinualReport.stepShape(of: clipShape)]), clip: clip,
      history: step.history, delay: analysis.lag, quantization: self.quantization)
  }
}
