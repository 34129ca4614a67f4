import Deployment
import Graph
import Kernels
import Models
import Runtime
import TestSupport
import Tensors
import Testing

@testable import Training

/// The form in which networks in integers are trained, against the integers.
@Suite struct QuantizedFormTests {
  /// A network in integers, and clips that it is not calibrated by.
  struct Model {
    let deployed: DeployedModel
    let table: QuantizationTable
    let clips: Tensor

    init(_ graph: Graph, clipShape: [Int], quantizer: Quantizer = Quantizer(observer: .mse, equalizes: true)) throws {
      let clips = RandomWeights.clips([6] + clipShape, seed: 1)
      let weights = try RandomWeights.make(for: graph, seed: 1, measuringOn: [clips])
      deployed = try Transmuter(target: .host).deploy(
        graph, weights: weights, quantizedBy: quantizer, calibration: Calibration(clips: clips))
      table = try #require(deployed.quantization?.table)
      self.clips = RandomWeights.clips([4] + clipShape, seed: 2)
    }

    func form() throws -> Graph { try table.trainingForm(of: deployed.graph, weights: deployed.program.weights) }

    /// The results of the file that some weights become.
    func integers(_ weights: [String: Tensor]) throws -> Tensor {
      let plan = try Plan(
        deployed.graph, weights: table.integerWeights(weights, for: deployed.graph), inputShapes: [clips.shape],
        precision: .int8, quantization: table)
      return try Session(plan).run(clips)[0]
    }

    /// The logits of the form in training.
    func trained(_ weights: [String: Tensor], isa: ISA? = nil) throws -> Tensor {
      let session = try TrainingSession(form(), inputShapes: [clips.shape], threads: 2, isa: isa)
      let logits = session.form.graph.type(session.form.graph.outputs[1])
      let targets = NetworkTests.targets(clips.shape[0], classes: logits.shape[1].value ?? 0)
      return try session.run([clips], targets: targets, key: RandomKey(0), parameters: weights).logits
    }
  }

  @Test func aSmallX3DComputesTheIntegersResults() throws {
    let model = try Model(SmallModel.architecture.graph(), clipShape: [3, 4, 32, 32])
    let weights = try model.deployed.weightsToTrain()
    let expected = try QuantizedInterpreter(model.deployed.graph, weights: model.deployed.weights, table: model.table)
      .run([model.clips])[0]
    // The weights to begin with are those of the file.
    #expect(try model.integers(weights) == expected)
    let found = try Interpreter(model.form(), weights: weights).run([model.clips])[0]
    #expect(relativeError(found, expected) < 1e-6)
    for isa in ISA.available {
      let logits = try model.trained(weights, isa: isa)
      #expect(relativeError(logits, expected) < 1e-6, "\(isa)")
    }
  }

  @Test func x3dXSComputesTheIntegersResults() throws {
    let model = try Model(Architecture(named: "x3d_xs").graph(), clipShape: [3, 4, 160, 160])
    let weights = try model.deployed.weightsToTrain()
    let error = try relativeError(model.trained(weights), model.integers(weights))
    print("x3d_xs: the form in training differs from the integers by \(error)")
    #expect(error < 1e-6)
  }
}
