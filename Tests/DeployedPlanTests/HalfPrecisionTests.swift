import Models
import Passes
import IR
@testable import CPU
import Architectures
import TestSupport
import Tensors
import Testing

/// Plans in fp16: results stay close to the interpreter's; where processors compute in halves, values and weights are halves, and
/// elsewhere floats, as that is faster.
@Suite struct HalfPrecisionTests {
  @Test(arguments: PlanTests.networks.indices, [false, true])
  func agreesWithTheInterpreter(_ index: Int, isDeployed: Bool) throws {
    let (name, build, shape) = PlanTests.networks[index]
    let graph = try build()
    // Clips that differ, so that what does not depend on them can be taken off.
    let clips = [3] + shape.dropFirst()
    let input = PlanTests.input(Array(clips))
    let weights = try RandomWeights.make(for: graph, seed: 3, measuringOn: [PlanTests.input([6] + shape.dropFirst())])
    let expected = meanRemoved(try Interpreter(graph, weights: weights).run([input])[0])
    var program = (graph: graph, weights: weights)
    if isDeployed {
      let deployed = try Transmuter(target: MobileCPU()).deploy(
        Model(name: "test", graph: graph, weights: weights), precision: .fp16)
      program = (deployed.model.graph, deployed.model.weights)
    }
    for isa in ISA.available {
      let plan = try Plan(
        program.graph, weights: program.weights, inputShapes: [input.shape], precision: .fp16, isa: isa)
      for threads in [1, 2] {
        let result = try Session(plan, threads: threads).run(input)[0]
        let error = relativeError(meanRemoved(result), expected)
        #expect(error > 0 && error < 2e-2, "\(name), \(isa), \(threads) threads")
      }
    }
  }

  @Test(arguments: ISA.available)
  func takesHalfTheMemoryWhereHalvesAreComputedWith(isa: ISA) throws {
    let float = try DeployedX3D(batch: 1, isa: isa).plan
    let half = try DeployedX3D(batch: 1, precision: .fp16, isa: isa).plan
    #expect(half.precision == .fp16 && float.precision == .fp32)
    guard isa.computesInHalves else {
      #expect(half.constantBytes == float.constantBytes && half.placesBytes == float.placesBytes)
      return
    }
    #expect(Double(half.constantBytes) < 0.6 * Double(float.constantBytes))
    #expect(Double(half.placesBytes) < 0.6 * Double(float.placesBytes))
  }

  /// Without arithmetic in halves a run is that of fp32, and takes as long.
  @Test(arguments: ISA.available)
  func runsOnKernelsThatTheInstructionSetIsFastestWith(isa: ISA) throws {
    let plan = try DeployedX3D(batch: 1, precision: .fp16, isa: isa).plan
    guard isa.computesInHalves else {
      let single = try DeployedX3D(batch: 1, isa: isa).plan
      #expect(plan.kernelNames == single.kernelNames)
      return
    }
    let kernels = KernelSet(isa, .float16)
    let convolutions = plan.kernelNames.filter { $0.contains("pointwise") || $0.contains("depthwise") }
    #expect(convolutions.count > 10)
    #expect(convolutions.allSatisfy { $0.hasPrefix("f16_") && $0.hasSuffix("_\(kernels.isa.rawValue)") })
  }

  /// The largest half is 65,504. Pooling makes pixels in halves of the clip, whose planes stay floats.
  @Test(arguments: ISA.available.filter(\.computesInHalves))
  func resultsBeyondTheRangeAreInfiniteAndNotNaN(isa: ISA) throws {
    let graph = Graph.build(input: .clip(channels: 2)) { clip in
      let x = Pooling.maximum(kernel: [1, 1, 1])(clip)
      return x + x
    }
    let plan = try Plan(graph, weights: [:], inputShapes: [[1, 2, 1, 1, 2]], precision: .fp16, isa: isa)
    let sum = try Session(plan).run(Tensor([1000, 40_000, -40_000, 3e38] as [Float], shape: [1, 2, 1, 1, 2]))[0]
    #expect(sum.elements(as: Float.self) == [2000, .infinity, -.infinity, .infinity])
  }
}
