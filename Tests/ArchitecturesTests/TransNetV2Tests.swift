import Architectures
import IR
import Tensors
import TestSupport
import Testing

/// TransNet V2 against its port to PyTorch.
@Suite struct TransNetV2Tests {
  private static let fixture = (try? Fixture("models/transnetv2.json"))?.cases ?? []

  @Test func logitsOfAWindowAgreeWithPyTorch() throws {
    let example = try #require(Self.fixture.first { $0.name == "narrow" })
    var options = TransNetV2Configuration()
    options.filters = 2
    options.hiddenFeatures = 16
    let graph = try Architecture(options).graph()
    let window = try ShotFrames.window(seed: example.seed())
    let weights = try RandomWeights.make(for: graph, seed: example.seed(), measuringOn: window)
    let results = try Interpreter(graph, weights: weights).run(window)
    for (result, name) in zip(results, ["logits", "transition_logits"]) {
      let expected = try example.field.required(name).doubles()
      #expect(result.shape == [1, 100])
      for (found, expected) in zip(result.elements(as: Float.self), expected) {
        #expect(abs(Double(found) - expected) < 1e-4)
      }
    }
  }

  @Test func parametersAreThoseOfTheStateDict() throws {
    let example = try #require(Self.fixture.first { $0.name == "state dict" })
    let graph = try Architecture(named: "transnetv2").graph()
    let found = graph.parameters.map { "\($0.path) \(graph.type($0.value).fixedShape ?? [])" }
    let expected = try example.field.required("entries").elements().map {
      let entry = try $0.elements()
      return "\(try entry[0].string()) \(try entry[1].ints())"
    }
    #expect(Set(found) == Set(expected.filter { !$0.contains("num_batches_tracked") }))
    #expect(expected.count == found.count + 6)
  }

  @Test func whatItDoesNotHaveIsAnError() {
    var options = TransNetV2Configuration()
    options.classCount = 3
    #expect(throws: ArchitectureError.self) { try TransNetV2(options) }
    options.classCount = 0
    options.head = .features
    #expect(throws: ArchitectureError.self) { try TransNetV2(options) }
    options.head = .classifier
    options.filters = 0
    #expect(throws: ArchitectureError.self) { try TransNetV2(options) }
  }
}
