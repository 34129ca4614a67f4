import Models
@testable import Passes
@testable import Quantization
import IR
@testable import CPU
import Architectures
import TestSupport
import Tensors
import Testing

/// Plans in integers: the same bytes as the scalar meaning, with all instructions.
@Suite struct QuantizedPlanTests {
  /// A network in integers, calibrated by some clips.
  private static func quantized(
    _ graph: Graph, weights: [String: Tensor], by clips: Tensor, keepingFloats floats: Set<String> = []
  ) throws -> QuantizedProgram {
    try Quantizer(observer: .minMax, equalizes: false, floats: floats).quantize(
      ModelProgram(graph, weights: weights), calibration: Calibration(clips: clips), others: [], progress: { _ in }
    ).model
  }

  /// Checks all instructions and several threads on clips, one by one and as a batch.
  private static func expectSameBytes(
    _ model: QuantizedProgram, _ clips: Tensor, _ name: String, upToRounding: Bool = false
  ) throws {
    let interpreter = try QuantizedInterpreter(model.program.graph, weights: model.weights, table: model.table)
    let expected = try interpreter.run([clips])
    for isa in ISA.available {
      let plan = try Plan(
        model.program.graph, weights: model.weights, inputShapes: [clips.shape], quantization: model.table, isa: isa)
      for threads in [1, 5] {
        let results = try Session(plan, threads: threads).run(clips)
        for (result, expected) in zip(results, expected) {
          let isRight = result.isSameBytes(as: expected) || upToRounding && relativeError(result, expected) < 0.1
          #expect(isRight, "\(name), \(isa), \(threads) threads: \(plan.kernelNames)")
        }
      }
    }
  }

  @Test(arguments: 0..<32 as Range<UInt64>)
  func aRandomNetworkGivesTheSameBytes(seed: UInt64) throws {
    let network = try RandomNetwork(seed: seed)
    let clips = RandomWeights.inputs([[4] + network.inputShape.dropFirst()], seed: seed)[0]
    let model = try Self.quantized(network.graph, weights: network.weights, by: clips)
    // Larger than what calibration saw: some values saturate.
    let larger = RandomWeights.inputs([[3] + network.inputShape.dropFirst()], seed: seed + 1000)[0]
      .elements(as: Float.self).map { 1.5 * $0 }
    try Self.expectSameBytes(
      model, Tensor(larger, shape: [3] + network.inputShape.dropFirst()), "network \(seed)",
      upToRounding: network.hasRoundingIslands)
  }

  /// Values go between integers and floating point in all the ways that there are.
  @Test(arguments: 100..<132 as Range<UInt64>)
  func aRandomNetworkOfIntegersAndFloatsGivesTheSame(seed: UInt64) throws {
    let network = try RandomNetwork(seed: seed)
    var generator = SeededGenerator(seed: seed)
    let floats = network.graph.nodes.indices.filter { _ in Bool.random(using: &generator) }
      .map { network.graph.resultName($0) }
    let clips = RandomWeights.inputs([[2] + network.inputShape.dropFirst()], seed: seed)[0]
    let model: QuantizedProgram
    do {
      model = try Self.quantized(network.graph, weights: network.weights, by: clips, keepingFloats: Set(floats))
    } catch QuantizationError.nothingToQuantize {
      return
    }
    try Self.expectSameBytes(model, clips, "network \(seed) but for \(floats)", upToRounding: true)
  }

  @Test(arguments: PlanTests.networks.indices)
  func aTransmutedNetworkGivesTheSameBytes(_ index: Int) throws {
    let (name, build, shape) = PlanTests.networks[index]
    let graph = try build()
    let clips = PlanTests.input([3] + shape.dropFirst())
    let weights = try RandomWeights.make(for: graph, seed: 3, measuringOn: [clips])
    let deployed = try Transmuter(target: .host).deploy(Model(name: "test", graph: graph, weights: weights))
    let model = try Self.quantized(deployed.model.graph, weights: deployed.model.weights, by: clips)
    try Self.expectSameBytes(model, clips, name, upToRounding: name == "general convolutions")
  }
}

extension Tensor {
  /// Whether all elements have the same bits.
  fileprivate func isSameBytes(as other: Tensor) -> Bool {
    shape == other.shape
      && elements(as: Float.self).map(\.bitPattern) == other.elements(as: Float.self).map(\.bitPattern)
  }
}
