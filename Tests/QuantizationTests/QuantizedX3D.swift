import PassTestSupport
import ModelTestSupport
import Models
@testable import Passes
@testable import Quantization
import IR
import Architectures
import TestSupport
import Tensors

/// A small X3D in integers, and the clips that go with it.
enum QuantizedX3D {
  private static let scenes = RandomWeights.clips([24, 3, 8, 32, 32], seed: 1)
  static let clips = Operations.Slice(axis: 2, start: 0, end: 4).evaluate([scenes])[0]
  /// The same scenes at later moments.
  static let others = Array(
    Calibration.clips(of: Operations.Slice(axis: 2, start: 4, end: 8).evaluate([scenes])[0], name: "other").prefix(6))

  static func graph() throws -> Graph { try SmallModel.architecture.graph() }

  static let weights = Result { try RandomWeights.make(for: graph(), seed: 1, measuringOn: [clips]) }

  static func deployed(_ quantizer: Quantizer = Quantizer(observer: .mse, equalizes: false)) throws -> QuantizedModel {
    try Transmuter(target: .host).deploy(
      Model(name: "test", graph: graph(), weights: weights.get()), quantizedBy: quantizer,
      calibration: Calibration(clips: clips, inputRange: -2...2.4444444), others: others)
  }

  /// A network in deployable form on x `[N, C, T, H, W]` in integers, calibrated by that x.
  static func quantized(
    _ example: Example, _ quantizer: Quantizer = Quantizer(observer: .minMax, equalizes: false)
  ) throws -> QuantizedModel {
    try Transmuter(target: .host).deploy(
      Model(name: "test", graph: example.graph, weights: example.weights), quantizedBy: quantizer,
      calibration: Calibration(clips: example.input))
  }
}

extension QuantizedModel {
  /// Runs the model in integers.
  func integers(_ input: Tensor) throws -> Tensor {
    guard let table = model.quantization else { throw QuantizationError.nothingToQuantize }
    return try QuantizedInterpreter(model.graph, weights: model.weights, table: table).run([input])[0]
  }

  /// Runs the model in floating point.
  func reals(_ input: Tensor) throws -> Tensor {
    try Interpreter(model.graph, weights: deployed.program.weights).run([input])[0]
  }
}
