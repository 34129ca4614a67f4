import TestSupport
import Tensors
import Testing

@testable import Formats
@testable import IR

/// States as pairs of an input and an output.
@Suite struct StateExportTests {
  @Test func aStateIsAnInputAndAnOutput() throws {
    let proto = try ONNXModel(StepNetwork.runningMaximum(), weights: [:]).proto
    #expect(proto.graph.input.map(\.name) == ["clip", "most"])
    #expect(proto.graph.output.map(\.name) == ["output", "most_next"])
    #expect(proto.metadataProps.map(\.key) == ["states"])
    #expect(proto.metadataProps.first?.value == #"{"most":{"next":"most_next","initial":"-inf"}}"#)
    #expect(
      try ONNXModel(TinyNetwork.graph(), weights: TinyNetwork.weights(TinyNetwork.graph())).proto.metadataProps.isEmpty)
  }

  @Test(.needsONNXRuntime) func stepsGiveTheInterpretersValues() throws {
    let graph = StepNetwork.temporal()
    let weights = TinyNetwork.weights(graph)
    let interpreter = try Interpreter(graph, weights: weights)
    var states = try graph.specialized(to: [[2, 3, 1, 9, 8]]).stateValues.initialValues
    var runs: [[String: Tensor]] = []
    var expected: [[Tensor]] = []
    for number in 0..<4 {
      let frame = StepNetwork.input([2, 3, 1, 9, 8], number)
      runs.append(["clip": frame].merging(states) { $1 })
      let output = try interpreter.run([frame], states: &states)[0]
      expected.append([output] + states.values)
    }
    let model = try ONNXModel(graph, weights: weights)
    let outcome = try ONNXRuntime.run([.init(model: model, runs: runs, outputCount: 2)])[0]
    for (found, expected) in zip(outcome.outputs, expected) {
      for (found, expected) in zip(found, expected) { #expect(largestError(found, expected) < 1e-5) }
    }
  }
}
