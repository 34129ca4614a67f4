import ModelTestSupport
import Models
import Passes
import IR
@testable import CPU
import Architectures
import TestSupport
import Tensors
import Testing

/// A plan gives what the interpreter gives, on every instruction set, with any number of threads and clips.
@Suite struct PlanTests {
  /// Networks of every kind, with the shape of their input.
  static let networks: [(name: String, graph: @Sendable () throws -> Graph, shape: [Int])] = [
    ("narrow x3d", { try SmallModel.architecture.graph() }, [1, 3, 4, 32, 32]),
    ("narrow x3d, longer and larger", { try SmallModel.architecture.graph() }, [1, 3, 7, 48, 40]),
    ("narrow x3d, batch", { try SmallModel.architecture.graph() }, [5, 3, 4, 32, 32]),
    (
      "general convolutions",
      {
        Graph.build(input: .clip(channels: 5)) { clip in
          let x = Conv3d(5, 12, kernel: [3, 1, 2], stride: [2, 1, 1], padding: [1, 0, 1], dilation: [1, 1, 2])(clip)
          let y = Conv3d(12, 18, kernel: [1, 3, 3], padding: [0, 1, 1], groups: 3)(Activation.hardSwish(x))
          return Classifier(classCount: 7)(Pooling.maximum(kernel: [1, 2, 2])(Activation.swish(y)))
        }
      }, [2, 5, 5, 13, 11]
    ),
    (
      "large early values, which go by rows",
      {
        Graph.build(input: .clip(channels: 3)) { clip in
          let stem = Conv3dTemporalKernel1BnAct(3, 24, spatialKernel: 3, spatialStride: 2, spatialPadding: 1)(clip)
          let x = Conv3d5x1x1BnAct(24, 24, groups: 24)(stem)
          let y = X3DBottleneckBlock(24, mid: 54, out: 24, spatialStride: 2)(x)
          let z = X3DBottleneckBlock(24, mid: 70, out: 24, seRatio: 0, activations: (.relu, .swish, .relu))(y)
          return Classifier(classCount: 4)(z)
        }
      }, [1, 3, 5, 110, 98]
    ),
    (
      "images",
      {
        Graph.build(input: .image(channels: 3)) { image in
          let x = Activation.relu(BatchNorm(9)(Conv2d(3, 9, kernel: [5, 3], stride: [2, 1], padding: [2, 1])(image)))
          let y = SqueezeExcitation(9, reducedChannels: 4)(x)
          return AdaptivePooling.average([2, 3])(x + y)
        }
      }, [3, 3, 9, 10]
    ),
    (
      "operations without kernels",
      {
        Graph.build(input: .clip(channels: 4)) { clip in
          let x = Conv3d(4, 6, kernel: [1, 1, 1])(clip).permuted(0, 2, 3, 4, 1)
          return Linear(6, 3)(x).permuted(0, 4, 1, 2, 3).mean(axes: [3, 4])
        }
      }, [2, 4, 3, 4, 5]
    ),
  ]

  @Test(arguments: networks.indices, [false, true])
  func agreesWithTheInterpreter(_ index: Int, isDeployed: Bool) throws {
    let (name, build, shape) = Self.networks[index]
    let graph = try build()
    let input = Self.input(shape)
    // Statistics of several clips: those of one would make a network that amplifies rounding.
    let weights = try RandomWeights.make(
      for: graph, seed: 3, measuringOn: [Self.input([6] + shape.dropFirst())])
    let expected = try Interpreter(graph, weights: weights).run([input])[0]
    var program = (graph: graph, weights: weights)
    if isDeployed {
      let deployed = try Transmuter(target: MobileCPU()).deploy(Model(name: "test", graph: graph, weights: weights))
      program = (deployed.model.graph, deployed.model.weights)
    }
    for isa in ISA.available {
      let plan = try Plan(program.graph, weights: program.weights, inputShapes: [shape], isa: isa)
      for threads in [1, 2, 3] {
        let session = try Session(plan, threads: threads)
        for _ in 0..<2 {
          let result = try session.run(input)[0]
          #expect(result.shape == expected.shape)
          #expect(relativeError(result, expected) < 2e-5, "\(name), \(isa), \(threads) threads")
        }
      }
    }
  }

  @Test func aDeployedX3DRunsOnKernelsAlone() throws {
    let graph = try Architecture(named: "x3d_xs").graph()
    let clip = RandomWeights.clips([2, 3, 4, 160, 160], seed: 1)
    let weights = try RandomWeights.make(for: graph, seed: 1, measuringOn: [clip])
    let deployed = try Transmuter(target: MobileCPU()).deploy(Model(name: "test", graph: graph, weights: weights))
    let plan = try Plan(deployed.model.graph, weights: deployed.model.weights, inputShapes: [clip.shape])
    #expect(!plan.kernelNames.contains { $0.hasPrefix("reference") }, "\(plan.kernelNames)")
    let expected = try Interpreter(graph, weights: weights).run([clip])[0]
    let result = try Session(plan, threads: 2).run(clip)[0]
    #expect(relativeError(meanRemoved(result), meanRemoved(expected)) < 1e-4)
  }

  @Test func largeValuesGoByRowsAndSmallOnesDoNot() throws {
    let graph = Graph.build(input: .clip(channels: 24)) { clip in
      Conv3d3x3x3DwBnAct(54)(Conv3dPwBnAct(24, 54)(clip))
    }
    let weights = try RandomWeights.make(for: graph, seed: 1, measuringOn: [Self.input([1, 24, 2, 8, 8])])
    let deployed = try Transmuter(target: MobileCPU()).deploy(Model(name: "test", graph: graph, weights: weights))
    let names = { (side: Int) in
      try Plan(
        deployed.model.graph, weights: deployed.model.weights, inputShapes: [[1, 24, 4, side, side]], isa: .scalar
      )
      .kernelNames
    }
    #expect(try names(64).contains { $0.contains("pointwise") && $0.contains("+f32_depthwise") })
    #expect(try !names(8).contains { $0.contains("+") })
  }

  @Test func wrongInputsAreRefusedAndTheSessionGoesOn() throws {
    let graph = try SmallModel.architecture.graph()
    let plan = try Plan(graph, weights: SmallModel.weights(), inputShapes: [[1, 3, 4, 32, 32]])
    let session = try Session(plan)
    let clip = RandomWeights.clips([1, 3, 4, 32, 32], seed: 4)
    let result = try session.run(clip)[0]
    #expect(throws: RuntimeError.self) { try session.run(Tensor(zeros: [1, 3, 4, 32, 33])) }
    #expect(throws: RuntimeError.self) { try session.run(clip.converted(to: .float16)) }
    #expect(throws: RuntimeError.inputCount(expected: 1, found: 2)) { try session.run([clip, clip]) }
    #expect(try session.run(clip)[0] == result)
  }

  static func input(_ shape: [Int]) -> Tensor {
    if shape.count == 5, shape[1] == 3 { return RandomWeights.clips(shape, seed: 2) }
    let generator = CounterGenerator(seed: 2, name: "input")
    return Tensor((0..<shape.reduce(1, *)).map { generator.unit($0) }, shape: shape)
  }
}
