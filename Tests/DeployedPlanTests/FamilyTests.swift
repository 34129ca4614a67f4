import Architectures
import CPU
import IR
import ModelTestSupport
import Models
import Passes
import Quantization
import TestSupport
import Tensors
import Testing

/// The families of the zoo, but for X3D, as they are deployed, in all number formats.
@Suite struct FamilyTests {
  private func model(_ network: NarrowNetwork) throws -> Model {
    let graph = try network.architecture().graph()
    return try Model(
      name: network.name, graph: graph, weights: network.weights(),
      recipes: network.clipInputs().recipes(named: graph.inputTypes.map(\.name)))
  }

  @Test(arguments: NarrowNetwork.all) func floatingPointAgreesWithTheInterpreter(_ network: NarrowNetwork) throws {
    let model = try model(network)
    let inputs = try network.inputs(count: 3, seed: 2)
    let expected = meanRemoved(try Interpreter(model.graph, weights: model.weights).run(inputs)[0])
    for (precision, limit) in [(Precision.fp32, 1e-4), (.fp16, 2e-2)] {
      let deployed = try model.deployed(for: .host, precision: precision).model
      let found = try deployed.run(inputs, threads: 2)[0]
      #expect(relativeError(meanRemoved(found), expected) < limit, "\(precision)")
    }
  }

  @Test(arguments: NarrowNetwork.all) func integersAreExactAndCloseToTheNetwork(_ network: NarrowNetwork) throws {
    let model = try model(network)
    let inputs = try network.inputs(count: 4)
    let clips = (0..<4).map { index in
      Calibration.Clip(
        name: "clip \(index)",
        inputs: inputs.map { Operations.Slice(axis: 0, start: index, end: index + 1).evaluate([$0])[0] })
    }
    let deployed = try model.deployed(for: .host, quantizedBy: Quantizer(observer: .minMax), clips: clips).model
    let table = try #require(deployed.quantization)
    let bytes = try QuantizedInterpreter(deployed.graph, weights: deployed.weights, table: table).run(inputs)[0]
    for isa in ISA.available {
      let plan = try Plan(
        deployed.graph, weights: deployed.weights, inputShapes: inputs.map(\.shape), precision: .int8,
        quantization: table, isa: isa)
      #expect(relativeError(try Session(plan, threads: 2).run(inputs)[0], bytes) < network.integerTolerance, "\(isa)")
    }
    let expected = meanRemoved(try Interpreter(model.graph, weights: model.weights).run(inputs)[0])
    let error = relativeError(meanRemoved(bytes), expected)
    print("\(network): int8 differs from fp32 by \(error)")
    #expect(error < 0.25)
  }
}
