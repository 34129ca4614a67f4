import ModelTestSupport
import Models
import Passes
import IR
import Architectures
import TestSupport
import Tensors
import Testing

@testable import CPU

/// Each step of a plan knows which operations it does, and what they cost.
@Suite struct StepRecordTests {
  @Test(arguments: PlanTests.networks.indices, [false, true])
  func recordsAddUpToThePlan(_ index: Int, isDeployed: Bool) throws {
    let (name, build, shape) = PlanTests.networks[index]
    let graph = try build()
    let weights = try RandomWeights.make(for: graph, seed: 3, measuringOn: [PlanTests.input(shape)])
    var program = (graph: graph, weights: weights)
    if isDeployed {
      let deployed = try Transmuter(target: MobileCPU()).deploy(Model(name: "test", graph: graph, weights: weights))
      program = (deployed.model.graph, deployed.model.weights)
    }
    let plan = try Plan(program.graph, weights: program.weights, inputShapes: [shape])
    #expect(plan.records.count == plan.steps.count)
    #expect(plan.records.map(\.kernel) == plan.steps.map(\.kernelName))
    #expect(plan.records.reduce(0) { $0 + $1.multiplyAdds } == plan.multiplyAdds, "\(name)")
    for record in plan.records {
      #expect(!record.parts.isEmpty && record.parts.allSatisfy { !$0.operation.isEmpty }, "\(record)")
      #expect(record.parts.allSatisfy { !$0.inputShapes.isEmpty && !$0.outputShapes.isEmpty }, "\(record)")
      #expect(record.repeats == plan.repeats)
    }
    // Every packed constant is read by the step that it was made for.
    let weightBytes = plan.records.reduce(0) { $0 + $1.bytesOfWeights } / plan.repeats
    #expect(weightBytes <= plan.constantBytes && weightBytes > plan.constantBytes * 3 / 4 - 64 * plan.steps.count)
  }

  @Test func aStepNamesItsLayerItsShapesAndItsTraffic() throws {
    let graph = Graph.build(input: .clip(channels: 24)) { clip in
      Conv3d3x3x3DwBnAct(48)(Conv3dPwBnAct(24, 48)(clip))
    }
    let weights = try RandomWeights.make(for: graph, seed: 1, measuringOn: [PlanTests.input([1, 24, 2, 8, 8])])
    let deployed = try Transmuter(target: MobileCPU()).deploy(Model(name: "test", graph: graph, weights: weights))
    let records = { (side: Int) in
      try Plan(
        deployed.model.graph, weights: deployed.model.weights, inputShapes: [[1, 24, 4, side, side]], isa: .scalar
      ).records
    }
    let small = try records(8)
    #expect(small.map { $0.parts.map(\.operation) } == [["layout"], ["pointwise"], ["depthwise"], ["layout"]])
    let pointwise = small[1].parts[0]
    #expect(pointwise.inputShapes == [[1, 24, 4, 8, 8]] && pointwise.outputShapes == [[1, 48, 4, 8, 8]])
    #expect(small[1].multiplyAdds == 24 * 48 * 4 * 8 * 8)
    #expect(small[1].flops == 2 * small[1].multiplyAdds)
    #expect(small[1].bytesRead == 4 * 24 * 256 && small[1].bytesWritten == 4 * 48 * 256)
    #expect(small[1].bytesOfWeights >= 4 * (24 * 48 + 48))
    #expect(small[0].path == small[1].path && !small[1].path.isEmpty && small[3].path == small[2].path)

    // Large values go by rows: the value between the two operations is in no one's account.
    let fused = try records(64)
    #expect(fused.map { $0.parts.map(\.operation) } == [["layout"], ["pointwise", "depthwise"], ["layout"]])
    #expect(fused[1].bytesRead == 4 * 24 * 4 * 64 * 64 && fused[1].bytesWritten == 4 * 48 * 4 * 64 * 64)
    #expect(fused[1].bytesOfWeights == small[1].bytesOfWeights + small[2].bytesOfWeights)
    #expect(fused[1].multiplyAdds == (24 * 48 + 27 * 48) * 4 * 64 * 64)
  }

  @Test func everyStepOfANetworkHasItsLayersPath() throws {
    let deployed = try Transmuter(target: MobileCPU())
      .deploy(Model(name: "test", graph: SmallModel.architecture.graph(), weights: SmallModel.weights()))
    let plan = try Plan(deployed.model.graph, weights: deployed.model.weights, inputShapes: [[1, 3, 4, 32, 32]])
    #expect(Set(plan.records.map { $0.path.prefix(8) }) == Set((0...5).map { "blocks.\($0)" }))
  }

  @Test func anOperationOutsideOfLayersHasThePathOfItsParameters() throws {
    let graph = Graph.build(input: GraphInput(name: "x", type: ValueType(["N", 4]))) { x in
      x.applying(Operations.Linear(), x.builder.parameter("head.weight", shape: [3, 4]))
    }
    let plan = try Plan(graph, weights: ["head.weight": Tensor(zeros: [3, 4])], inputShapes: [[2, 4]])
    #expect(plan.records.contains { $0.path == "head" && $0.parts.map(\.operation) == ["linear"] })
  }
}
