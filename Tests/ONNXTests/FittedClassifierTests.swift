import IR
import Models
@testable import Passes
@testable import Quantization
import Formats
import Architectures
import TestSupport
import Tensors
import Testing

/// Top-1 of a quantized network in ONNX Runtime and here.
///
/// Where weights are untrained many classes are nearly tied, and which is first says nothing. So the network, of X3D-XS's widths
/// and half its depth, has a last layer that was fitted to ten kinds of clips: fitted, calibrated and tested on different ones.
@Suite(.needsONNXRuntime) struct FittedClassifierTests {
  private static let (frames, size) = (4, 112)

  private static func clips(ofEach count: Int, _ set: String) -> (kinds: [Int], clips: Tensor) {
    let clips = MovingPatterns.clips(ofEach: count, set: set, frames: frames, size: size)
    return (clips.map(\.kind), .concatenated(clips.map(\.clip)))
  }

  private static func architecture(_ head: ModelHead) -> Architecture {
    var options = X3DConfiguration.xs
    options.depthFactor = 1
    options.cropSize = size
    options.classCount = MovingPatterns.kinds
    options.head = head
    return .x3d(options)
  }

  /// Random weights, and a last layer fitted to their features.
  private static func weights() throws -> [String: Tensor] {
    let graph = try architecture(.classifier).graph()
    var weights = try RandomWeights.make(for: graph, seed: 1, measuringOn: [clips(ofEach: 1, "statistics").clips])
    let features = try Transmuter(target: .host).deploy(
      Model(name: "test", graph: architecture(.features).graph(), weights: weights))
    let (kinds, clips) = clips(ofEach: 40, "fit")
    let samples = zip(kinds, try features.model.results(on: clips).rows).map { (kind: $0, features: $1) }
    let head = RidgeClassifier(samples, classes: MovingPatterns.kinds, strength: 0.1)
    weights["blocks.5.proj.weight"] = head.weight
    weights["blocks.5.proj.bias"] = head.bias
    return weights
  }

  private static let fitted = Result { try weights() }
  private static let test = clips(ofEach: 20, "test")
  private static let floats = Result {
    try Transmuter(target: .host).deploy(
      Model(name: "test", graph: architecture(.classifier).graph(), weights: fitted.get())
    ).model.results(
      on: test.clips)
  }

  @Test(.slow, arguments: WeightRange.allCases)
  func top1IsOursOnNinetyNineOfAHundredClips(_ range: WeightRange) throws {
    let model = try Transmuter(target: .host).deploy(
      Model(name: "test", graph: Self.architecture(.classifier).graph(), weights: Self.fitted.get()),
      quantizedBy: Quantizer(observer: .mse, equalizes: false, weightRange: range),
      calibration: Calibration(clips: Self.clips(ofEach: 2, "calibration").clips, inputRange: -2...2.4444444)
    ).model
    let (kinds, clips) = Self.test
    let floats = try Self.floats.get()
    let integers = try model.results(on: clips)
    let exported = try ONNXModel(model.graph, weights: model.weights, quantization: model.quantization)
    let theirs = try ONNXRuntime.run([.init(model: exported, runs: [["clip": clips]], isOneByOne: true)])[0]
      .outputs[0][0]
    let agreement = share(theirs.classes, integers.classes)
    let margins = integers.rows.map { $0.sorted().suffix(2) }.map { ($0.last ?? 0) - ($0.first ?? 0) }.sorted()
    let difference = zip(theirs.elements(as: Float.self), integers.elements(as: Float.self)).map { abs($0 - $1) }
    print(
      """
      \(kinds.count) clips of \(MovingPatterns.kinds) kinds, weights in \(range.bits) bits, right: fp32 \(share(floats.classes, kinds)), \
      int8 \(share(integers.classes, kinds)), QDQ \(share(theirs.classes, kinds)); \
      the same class: int8 and fp32 \(share(integers.classes, floats.classes)), QDQ and int8 \(agreement); \
      int8's first class is ahead by \(margins[0]) at least, \(margins[margins.count / 2]) in the median; \
      QDQ and int8 differ by \(difference.max() ?? 0) at most, \(decibels(theirs, integers)) dB; \
      int8 and fp32 \(decibels(integers, floats)) dB
      """)
    #expect(share(floats.classes, kinds) >= 0.95, "a classifier that knows its classes")
    #expect(agreement >= 0.99)
  }
}
