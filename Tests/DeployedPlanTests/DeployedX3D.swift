import ModelTestSupport
import Models
import Passes
import Quantization
import IR
import CPU
import Architectures
import TestSupport
import Tensors

/// A narrow X3D as it is deployed, planned for that many clips, and inputs for it.
struct DeployedX3D {
  let plan: Plan

  /// Makes a plan for some clips, or for as many single frames of them, each of which is computed once.
  init(batch: Int, precision: Precision = .fp32, isa: ISA? = nil, takesFrames: Bool = false) throws {
    let (graph, weights) = try (SmallModel.architecture.graph(), SmallModel.weights())
    let transmuter = Transmuter(target: MobileCPU())
    let model = Model(name: "small", graph: graph, weights: weights)
    let deployed =
      precision == .int8
      ? try transmuter.deploy(
        model, quantizedBy: Quantizer(observer: .minMax),
        calibration: Calibration(clips: RandomWeights.clips([2, 3, 4, 32, 32], seed: 5))
      ).model
      : try transmuter.deploy(model).model
    let planned = takesFrames ? try deployed.continual(clipShape: [batch, 3, 4, 32, 32]).model : deployed
    plan = try Plan(
      planned.graph, weights: planned.weights, inputShapes: [[batch, 3, takesFrames ? 1 : 4, 32, 32]],
      precision: precision, quantization: planned.quantization, isa: isa)
  }

  /// An input.
  func clips(seed: UInt64 = 2) -> Tensor { RandomWeights.clips(plan.inputShapes[0], seed: seed) }

  /// What a session of its own makes of an input.
  func result(_ clips: Tensor, threads: Int = 1) throws -> Tensor {
    try Session(plan, threads: threads).run(clips)[0]
  }
}
