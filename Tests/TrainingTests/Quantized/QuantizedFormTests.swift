import ModelTestSupport
import Models
import Passes
import Quantization
import IR
import CPU
import Architectures
import TestSupport
import Tensors
import Testing

@testable import Training

/// The form in which networks in integers are trained, against the integers.
@Suite struct QuantizedFormTests {
  /// A network in integers, and inputs that it is not calibrated by.
  struct Trained {
    let deployed: QuantizedModel
    let table: QuantizationTable
    let inputs: [Tensor]

    init(_ graph: Graph, clipShape: [Int], count: Int = 4, isFamiliar: Bool = false) throws {
      let clips = { RandomWeights.clips([count] + clipShape, seed: $0) }
      try self.init(graph, calibratedBy: [clips(1)], inputs: [clips(isFamiliar ? 1 : 2)])
    }

    init(_ graph: Graph, calibratedBy clips: [Tensor], inputs: [Tensor]) throws {
      let weights = try RandomWeights.make(for: graph, seed: 1, measuringOn: clips)
      let each = clips.map { Calibration.clips(of: $0, name: "clip") }
      deployed = try Transmuter(target: .host).deploy(
        Model(name: "test", graph: graph, weights: weights),
        quantizedBy: Quantizer(observer: .mse, equalizes: true, comparedClips: 1),
        calibration: Calibration(
          clips: each[0].indices.map { index in
            Calibration.Clip(name: "clip \(index)", inputs: each.map { $0[index].inputs[0] })
          }))
      table = try #require(deployed.model.quantization)
      self.inputs = inputs
    }

    func form() throws -> Graph {
      try table.trainingForm(of: deployed.model.graph, weights: deployed.deployed.program.weights)
    }

    /// The form with all layers in floating point.
    func floatForm() throws -> Graph {
      let names = Set(deployed.model.graph.nodes.indices.map { deployed.model.graph.resultName($0) })
      return try QuantizationTable(values: [:], prologues: [:], floats: names)
        .trainingForm(of: deployed.model.graph, weights: deployed.deployed.program.weights)
    }

    /// The results of the file that some weights become.
    func integers(_ weights: [String: Tensor]) throws -> Tensor {
      let plan = try Plan(
        deployed.model.graph, weights: table.integerWeights(weights, for: deployed.model.graph),
        inputShapes: inputs.map(\.shape),
        precision: .int8, quantization: table)
      return try Session(plan).run(inputs)[0]
    }

    /// What a step of training computes.
    func step(_ form: Graph, _ weights: [String: Tensor], isa: ISA? = nil) throws -> TrainingSession.Result {
      let session = try TrainingSession(form, inputShapes: inputs.map(\.shape), threads: 2, isa: isa)
      #expect(session.form.trained == deployed.model.graph.parameters.map(\.path))
      let logits = session.form.graph.type(session.form.graph.outputs[1])
      let targets = NetworkTests.targets(inputs[0].shape[0], classes: logits.shape[1].value ?? 0)
      return try session.run(inputs, targets: targets, key: RandomKey(0), parameters: weights)
    }
  }

  /// A stem, an inverted bottleneck with all that there is in one, a head: so shallow that rounding does not build up.
  private static let oneBlock = Graph.build(input: .clip(channels: 3)) { clip in
    let x = Conv3dTemporalKernel1BnAct(3, 16, spatialKernel: 3, spatialStride: 2)(clip, name: "stem")
    let y = X3DBottleneckBlock(16, mid: 40, out: 16, seRatio: 0.25)(x, name: "block")
    return Classifier(classCount: 5)(y, name: "head")
  }

  @Test func aSmallX3DComputesTheIntegersResults() throws {
    let model = try Trained(SmallModel.architecture.graph(), clipShape: [3, 4, 32, 32])
    let weights = try model.deployed.weightsToTrain()
    let expected = try QuantizedInterpreter(
      model.deployed.model.graph, weights: model.deployed.model.weights, table: model.table
    )
    .run(model.inputs)[0]
    // The weights to begin with are those of the file.
    #expect(try model.integers(weights) == expected)
    let found = try Interpreter(model.form(), weights: weights).run(model.inputs)[0]
    #expect(relativeError(found, expected) < 1e-6)
    let training = try TrainingGraph(model.form(), inputShapes: model.inputs.map(\.shape))
    let targets = NetworkTests.targets(model.inputs[0].shape[0], classes: 5)
    let operands = model.inputs + [targets, RandomKey(0).tensor] + training.parameters.compactMap { weights[$0] }
    let gradients = try Interpreter(training.graph, weights: [:]).run(operands).dropFirst(2)
    for isa in ISA.available {
      let step = try model.step(model.form(), weights, isa: isa)
      #expect(relativeError(step.logits, expected) < 1e-6, "\(isa)")
      for (path, (found, gradient)) in zip(training.trained, zip(step.gradients, gradients)) {
        #expect(relativeError(found, gradient) < 1e-3, "\(path) on \(isa)")
      }
    }
  }

  /// Networks of operations that a small X3D does not have.
  private static let networks: [(name: String, body: @Sendable (SymbolicTensor) -> SymbolicTensor)] = [
    (
      "pooling and sums",
      { x in
        let a = Activation.relu(Conv3d(4, 6, kernel: [1, 3, 3], padding: [0, 1, 1])(x, name: "a"), name: "act")
        let window = Window(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1])
        let most = a.applying(Operations.Pool(.maximum, window: window))
        let mean = a.applying(Operations.Pool(.average, window: window))
        let b = Conv3d(6, 6, kernel: [3, 1, 1], padding: [1, 0, 0])(most, name: "b")
        return Linear(6, 3)(b.applying(Operations.Binary(.add), mean).mean(axes: [2, 3, 4]), name: "c")
      }
    ),
    (
      "islands",
      { x in
        let a = Conv3d(4, 6, kernel: [1, 1, 1])(x, name: "a").applying(Operations.Activation(.gelu))
        let b = Conv3d(6, 8, kernel: [3, 3, 3], padding: [1, 1, 1], groups: 2)(a, name: "b")
        let c = Conv3d(8, 8, kernel: [1, 1, 1])(b.applying(Operations.Activation(.tanh)), name: "c")
        return c.applying(Operations.Softmax(axis: 1))
      }
    ),
    (
      "activations",
      { x in
        var y = x
        for (index, function) in [ActivationFunction.hardSwish, .sigmoid, .hardSigmoid, .swish].enumerated() {
          y = Conv3d(4, 4, kernel: [1, 3, 3], padding: [0, 1, 1], groups: index % 2 == 0 ? 4 : 1)(y, name: "\(index)")
            .applying(Operations.Activation(function))
        }
        return Conv3d(4, 4, kernel: [1, 1, 1])(y, name: "last").applying(Operations.Binary(.add), x)
      }
    ),
    (
      "joined",
      { x in
        let a = Activation.relu(Conv3d(4, 6, kernel: [1, 3, 3], padding: [0, 1, 1])(x, name: "a"), name: "act")
        let b = Pooling.maximum(kernel: [1, 3, 3], stride: [1, 1, 1], padding: [0, 1, 1])(a)
        let c = Conv3d(4, 3, kernel: [1, 1, 1])(x, name: "c")
        return Conv3d(9, 2, kernel: [3, 1, 1])(.concatenated([b, c], axis: 1), name: "d")
      }
    ),
    (
      "rows", { x in Linear(5, 7)(Linear(6, 5)(x, name: "a").applying(Operations.Activation(.relu)), name: "b") }
    ),
  ]

  @Test(arguments: networks.indices) func otherOperationsComputeTheIntegersResultsToo(_ index: Int) throws {
    let (name, body) = Self.networks[index]
    let graph = Graph.build(
      input: GraphInput(name: "x", type: ValueType(["N", 4, 3, 6, 6])), body)
    let model = try Trained(graph, clipShape: [4, 3, 6, 6])
    let expected = try QuantizedInterpreter(
      model.deployed.model.graph, weights: model.deployed.model.weights, table: model.table
    )
    .run(model.inputs)[0]
    let found = try Interpreter(model.form(), weights: model.deployed.weightsToTrain()).run(model.inputs)[0]
    print("\(name): the form in training differs from the integers by \(relativeError(found, expected))")
    #expect(relativeError(found, expected) < 1e-6, "\(name)")
  }

  @Test(arguments: NarrowNetwork.all) func familiesComputeTheIntegersResults(_ network: NarrowNetwork) throws {
    let model = try Trained(
      network.architecture().graph(), calibratedBy: network.inputs(count: 4), inputs: network.inputs(count: 2, seed: 2))
    let weights = try model.deployed.weightsToTrain()
    let step = try model.step(model.form(), weights)
    let error = try relativeError(step.logits, model.integers(weights))
    print("\(network): the form in training differs from the integers by \(error)")
    #expect(error < network.integerTolerance)
    #expect(step.gradients.allSatisfy { $0.elements(as: Float.self).contains { $0 != 0 } })
  }

  @Test(.slow) func x3dXSComputesTheIntegersResults() throws {
    let model = try Trained(Architecture(named: "x3d_xs").graph(), clipShape: [3, 4, 160, 160], count: 2)
    let weights = try model.deployed.weightsToTrain()
    let error = try relativeError(model.step(model.form(), weights).logits, model.integers(weights))
    print("x3d_xs: the form in training differs from the integers by \(error)")
    #expect(error < 1e-6)
  }

  /// In floating point the form is the network itself; in integers it has nearly its gradients.
  @Test func gradientsAreThoseOfTheNetworkButForRounding() throws {
    let model = try Trained(Self.oneBlock, clipShape: [3, 4, 24, 24], isFamiliar: true)
    var weights = model.deployed.deployed.program.weights
    let plan = try Plan(model.deployed.model.graph, weights: weights, inputShapes: model.inputs.map(\.shape))
    let reals = try model.step(model.floatForm(), weights)
    let expected = try Session(plan).run(model.inputs)[0]
    // But for squeeze-excite's bytes.
    #expect(relativeError(reals.logits, expected) < 0.01)
    weights = try model.deployed.weightsToTrain()
    let integers = try model.step(model.form(), weights)
    let dot = { (a: [Tensor], b: [Tensor]) -> Double in
      zip(a, b).reduce(0) { sum, pair in
        sum
          + zip(pair.0.elements(as: Float.self), pair.1.elements(as: Float.self)).reduce(0) { $0 + Double($1.0 * $1.1) }
      }
    }
    let (a, b) = (integers.gradients, reals.gradients)
    let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
    print("the cosine between gradients in integers and in floating point is \(cosine)")
    #expect(cosine > 0.999)
  }
}
