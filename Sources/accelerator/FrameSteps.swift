import CPU
import IR
import Models
import Passes
import Tensors
import VideoAccelerator

/// A model that computes the frames of a video one by one, and the frames.
struct FrameSteps {
  /// The model, whose input is one frame.
  let model: Model
  /// What its steps need; nil for a model that took frame after frame already.
  let report: ContinualReport?
  private let video: Tensor

  /// Prepares a model for a video `[N, C, T, H, W]`: in its continual form, unless it has states already.
  ///
  /// - Throws: `ContinualError` if the model has no such form; `UsageError` if the video is too short.
  init(_ model: Model, video: Tensor, options: ContinualOptions) throws {
    guard model.graph.inputs.count == 1 else { throw ContinualError.inputCount(model.graph.inputs.count) }
    let input = model.graph.inputTypes.first
    guard video.rank == 5 else { throw ContinualError.noClip(input: input?.name ?? "", shape: video.shape) }
    if let channels = input?.type.shape.dropFirst().first?.value, video.shape[1] != channels {
      throw UsageError("the input has \(video.shape[1].of("channel")), not \(channels): \(video.shape)")
    }
    self.video = video
    let clipShape = model.graph.states.isEmpty ? try model.clipShape(fitting: video.shape) : nil
    let continual = try options.continual(model, clipShape: clipShape)
    (self.model, report) = (continual?.model ?? model, continual?.report)
    let field = self.model.stepTiming?.receptiveField ?? 1
    guard video.shape[2] >= field else {
      throw UsageError("a result depends on \(field) frames, and the input has \(video.shape[2])")
    }
  }

  /// Returns the valid results of each output, one after the other along a new first axis, computed by a session with
  /// some threads.
  func results(session threads: Int) throws -> [Tensor] {
    let session = try Session(model.plan(inputShapes: [frame(0).shape]), threads: threads)
    return try collect { try session.run($0) }
  }

  /// Returns the same, computed by the reference implementation.
  func interpreted() throws -> [Tensor] {
    var states: [String: Tensor] = [:]
    if let table = model.quantization {
      let interpreter = try QuantizedInterpreter(model.graph, weights: model.weights, table: table)
      return try collect { try interpreter.run([$0], states: &states) }
    }
    let interpreter = try Interpreter(model.graph, weights: model.floatWeights())
    return try collect { try interpreter.run([$0], states: &states) }
  }

  private func collect(_ step: (Tensor) throws -> [Tensor]) throws -> [Tensor] {
    let first = model.stepTiming?.warmUpSteps ?? 0
    var outputs: [Tensor] = []
    for number in 0..<video.shape[2] {
      let results = try step(frame(number))
      if number < first { continue }
      if outputs.isEmpty {
        outputs = results.map {
          Tensor(zeros: [video.shape[2] - first] + $0.shape, elementType: $0.elementType)
        }
      }
      for (index, result) in results.enumerated() {
        outputs[index].withUnsafeMutableBytes { target in
          let row = UnsafeMutableRawBufferPointer(rebasing: target[((number - first) * result.byteCount)...])
          result.withUnsafeBytes { row.copyMemory(from: $0) }
        }
      }
    }
    return outputs
  }

  private func frame(_ number: Int) -> Tensor {
    Operations.Slice(axis: 2, start: number, end: number + 1).evaluate([video])[0]
  }
}

extension Model {
  /// Returns the shape of a clip of as many frames as the model's own, of another size.
  ///
  /// - Throws: `ContinualError.unknownClipShape(model:)` if the model does not tell the number of frames.
  func clipShape(fitting shape: [Int]) throws -> [Int] {
    let input = graph.inputTypes.first?.type.shape ?? []
    guard let count = ownInputShapes?.first?.dropFirst(2).first ?? input.dropFirst(2).first?.value else {
      throw ContinualError.unknownClipShape(model: name)
    }
    var result = shape
    result[2] = count
    return result
  }
}

extension ContinualReport {
  /// A line for users.
  var text: String {
    "a result depends on \(timing.receptiveField) frames and lags by \(timing.delay); \(stateBytes.byteText) of states; \(millions(stepMultiplyAdds)) multiply-adds for a frame, \(millions(clipMultiplyAdds)) for a clip"
  }

  private func millions(_ count: Int) -> String { "\((Double(count) / 1e6).fixed(0)) M" }
}
