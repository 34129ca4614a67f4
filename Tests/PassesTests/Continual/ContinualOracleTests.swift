import IR
import Passes
import TestSupport
import Tensors
import Testing

/// Steps beside those of the Python package continual-inference, on networks that it builds by hand.
@Suite struct ContinualOracleTests {
  static let fixture = Result { try Fixture("models/continual.json") }

  /// The networks of `Tools/make_continual_fixtures.py`, by name.
  private static let networks: [String: @Sendable (SymbolicTensor) -> SymbolicTensor] = [
    "convolutions": { convolution(relu(convolution($0, "a", [3, 3, 3])), "b", [5, 1, 1]) },
    "residual": { x in
      x + convolution(relu(convolution(x, "branch.1.a", [3, 3, 3], groups: 2)), "branch.1.b", [3, 1, 1])
    },
    "pooling": { x in
      let y = convolution(x, "a", [3, 1, 1]).applying(Operations.Pool(.maximum, window: Window(kernel: [3, 1, 1])))
      return y.applying(Operations.Pool(.average, window: Window(kernel: [2, 1, 1])))
    },
    "head": { relu($0 + convolution($0, "a.1", [3, 3, 3])).mean(axes: [2, 3, 4], keepsAxes: true) },
  ]

  private static func relu(_ x: SymbolicTensor) -> SymbolicTensor { x.applying(Operations.Activation(.relu)) }

  private static func convolution(
    _ x: SymbolicTensor, _ name: String, _ kernel: [Int], groups: Int = 1
  ) -> SymbolicTensor {
    x.applying(
      Operations.Convolution(window: Window(kernel: kernel, padding: kernel.map { $0 / 2 }), groups: groups),
      x.builder.parameter("\(name).weight", shape: [2, 2 / groups] + kernel),
      x.builder.parameter("\(name).bias", shape: [2]))
  }

  @Test(arguments: try fixture.get().cases) func stepsGiveWhatThePackageGives(_ example: FixtureCase) throws {
    let body = try #require(Self.networks[example.name])
    let graph = Graph.build(input: .clip(channels: 2), body)
    #expect(try graph.parameters.map(\.path).sorted() == example.field.required("paths").strings())
    let weights = RandomWeights.parameters(of: graph, seed: try example.seed())
    let shape = try example.field.required("input_shape").ints()
    // The package's head averages four frames.
    let form = try ContinualForm(
      ModelProgram(graph, weights: weights), clipShape: shape, headWindow: example.name == "head" ? 4 : nil)
    #expect(try form.report.timing.receptiveField == example.field.required("receptive_field").int())
    let generator = CounterGenerator(seed: try example.seed(), name: "frames")
    let video = Tensor((0..<shape.reduce(1, *)).map { 2 * generator.unit($0) }, shape: shape)
    let interpreter = try Interpreter(form.program.graph, weights: form.program.weights)
    let expected = try example.output()
    var states: [String: Tensor] = [:]
    for step in 0..<shape[2] {
      let frame = Operations.Slice(axis: 2, start: step, end: step + 1).evaluate([video])
      let found = try interpreter.run(frame, states: &states)[0]
      let row = step - form.report.timing.warmUpSteps
      guard row >= 0 else { continue }
      let exact = Operations.Slice(axis: 0, start: row, end: row + 1).evaluate([expected])[0]
      #expect(relativeError(found.reshaped(to: exact.shape), exact) < 1e-5, "step \(step)")
    }
  }
}
