import CPU
import Models
@testable import Passes
@testable import Quantization
import Formats
import Architectures
import TestSupport
import Tensors
import Testing

@testable import IR

/// A whole quantized X3D-XS in ONNX Runtime, with untrained weights and on small clips.
///
/// With weights in the reduced range ONNX Runtime runs as it is, on every processor.
@Suite(.needsONNXRuntime) struct QuantizedX3DTests {
  /// Each layer rounds, and a rounding that falls differently moves the next layer's by as much as quantizing itself does. So the
  /// measure is how far our own results move when one input in 10,000 moves by a single step.
  @Test(.slow, arguments: WeightRange.allCases)
  func logitsDifferFromOursNoMoreThanOursDoByAFewInputs(_ range: WeightRange) throws {
    var options = X3DConfiguration.xs
    options.cropSize = 96
    let graph = try Architecture.x3d(options).graph()
    let clips = RandomWeights.clips([12, 3, 4, 96, 96], seed: 2026)
    let parts = Calibration.clips(of: clips, name: "clip").map { $0.inputs[0] }
    let weights = try RandomWeights.make(for: graph, seed: 2026, measuringOn: [.concatenated(Array(parts[..<3]))])
    let model = try Transmuter(target: .host).deploy(
      Model(name: "test", graph: graph, weights: weights),
      quantizedBy: Quantizer(observer: .mse, equalizes: true, comparedClips: 1, weightRange: range),
      calibration: Calibration(clips: .concatenated(Array(parts[4...])), inputRange: -2...2.4444444)
    ).model
    let table = try #require(model.quantization)
    let exported = try ONNXModel(model.graph, weights: model.weights, quantization: table)
    let outcome = try ONNXRuntime.run([
      .init(model: exported, runs: [["clip": clips]], isOneByOne: true, countsOperators: true)
    ])[0]
    let theirs = outcome.outputs[0][0]
    let ours = try model.results(on: clips)
    let moved = try model.results(on: Self.moved(clips, by: table.values["clip"]?.scale ?? 0))
    print(
      """
      X3D-XS, untrained, weights in \(range.bits) bits, \(parts.count) clips: QDQ and int8 \(decibels(theirs, ours)) dB, the same class for \
      \(share(theirs.classes, ours.classes)); int8 and int8 with moved inputs \(decibels(moved, ours)) dB, \
      \(share(moved.classes, ours.classes)); after optimization \(outcome.operators.sorted { $0.key < $1.key })
      """)
    #expect(decibels(theirs, ours) > decibels(moved, ours) - 3)
    #expect(outcome.operators["QuantizeLinear", default: 0] > 0)
    let imported = try withTemporaryFile("quantized.onnx") { path in
      try exported.write(to: path)
      return try ONNXImport(contentsOf: path)
    }
    let again = try Session(
      Plan(imported.graph, weights: imported.weights, inputShapes: [clips.shape]), threads: 2
    ).run(clips)[0]
    #expect(decibels(again, ours) > decibels(moved, ours) - 3)
  }

  private static func moved(_ clips: Tensor, by step: Float) -> Tensor {
    var values = clips.elements(as: Float.self)
    for index in stride(from: 0, to: values.count, by: 10_000) { values[index] += values[index] > 0 ? -step : step }
    return Tensor(values, shape: clips.shape)
  }
}
