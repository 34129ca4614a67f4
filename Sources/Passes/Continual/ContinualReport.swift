import IR
import Models

/// What the steps of a continual form need and cost, beside runs on whole clips.
public struct ContinualReport: Sendable, Equatable {
  /// How many frames an output depends on, and by how many it lags.
  public let timing: StepTiming
  /// The number of frames in a clip.
  public let clipLength: Int
  /// The multiply-adds of a step.
  public let stepMultiplyAdds: Int
  /// The multiply-adds of a run on a clip, which gives one output too.
  public let clipMultiplyAdds: Int
  /// The size in bytes of what steps hand on: float32 elements, or bytes where values are quantized.
  public let stateBytes: Int

  /// Creates a report.
  ///
  /// - Parameters:
  ///   - step: The graph of a step, with known shapes.
  ///   - clip: The clip graph, with known shapes.
  ///   - history: The number of earlier steps that the outputs depend on.
  ///   - delay: The lag of the outputs.
  ///   - quantization: How the step's values are quantized.
  init(step: Graph, clip: Graph, history: Int, delay: Int, quantization: QuantizationTable?) {
    timing = StepTiming(receptiveField: history + 1, delay: delay)
    clipLength = clip.inputTypes[0].type.shape[2].value ?? 1
    stepMultiplyAdds = step.multiplyAdds().reduce(0, +)
    clipMultiplyAdds = clip.multiplyAdds().reduce(0, +)
    stateBytes = step.stateValues.reduce(0) { sum, state in
      sum + (quantization?.values[state.name] == nil ? state.byteCount : state.shape.reduce(1, *))
    }
  }

  /// Returns the shape of a frame of a clip, `[N, C, 1, H, W]`.
  ///
  /// - Parameter clipShape: The shape of the clip, `[N, C, T, H, W]`.
  public static func stepShape(of clipShape: [Int]) -> [Int] {
    var shape = clipShape
    shape[2] = 1
    return shape
  }
}
