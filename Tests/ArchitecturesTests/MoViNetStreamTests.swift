import IR
import TestSupport
import Tensors
import Testing

@testable import Architectures

/// MoViNets of past frames: beside the port to PyTorch, and a clip beside its frames one by one.
@Suite struct MoViNetStreamTests {
  static let fixture = (try? Fixture("models/movinet_stream.json"))?.cases ?? []

  @Test func fixtureIsThere() { #expect(Self.fixture.count == 4) }

  /// The network of a case, in one of its forms.
  private func graph(_ example: FixtureCase, _ form: MoViNetConfiguration.Form) throws -> Graph {
    let architecture = try Architecture(named: example.field.required("builder").string())
    var options = try #require(architecture.configuration as? MoViNetConfiguration)
    options.form = form
    options.convolutions = try #require(.init(rawValue: example.field.required("convolutions").string()))
    options.classCount = try example.field.required("class_count").int()
    options.hiddenChannels = try example.field.required("hidden").int()
    options.cropSize = try example.field.required("shape").ints()[4]
    return try Architecture.moViNet(options).graph()
  }

  private func frames(_ clip: Tensor) -> [Tensor] {
    (0..<clip.shape[2]).map { Operations.Slice(axis: 2, start: $0, end: $0 + 1).evaluate([clip])[0] }
  }

  @Test(.slow, arguments: fixture) func eachFrameGivesWhatThePortGives(_ example: FixtureCase) throws {
    let (clipGraph, stepGraph) = (try graph(example, .causal), try graph(example, .stream))
    let seed = try example.seed()
    let clips = RandomWeights.clips(try example.field.required("shape").ints(), seed: seed)
    let weights = try RandomWeights.make(for: clipGraph, seed: seed, measuringOn: [clips])
    let expected = try example.output()
    func row(_ step: Int) -> Tensor {
      Operations.Slice(axis: 0, start: step, end: step + 1).evaluate([expected])[0]
        .reshaped(to: Array(expected.shape.dropFirst()))
    }
    let interpreter = try Interpreter(stepGraph, weights: weights)
    var states: [String: Tensor] = [:]
    for (step, frame) in frames(clips).enumerated() {
      let logits = try interpreter.run([frame], states: &states)[0]
      #expect(relativeError(meanRemoved(logits), meanRemoved(row(step))) < 1e-4, "step \(step)")
    }
    let logits = try Interpreter(clipGraph, weights: weights).run([clips])[0]
    #expect(relativeError(meanRemoved(logits), meanRemoved(row(clips.shape[2] - 1))) < 1e-4)
  }

  /// A small network.
  private func small(_ form: MoViNetConfiguration.Form, _ convolutions: MoViNetConfiguration.Convolutions) throws
    -> Graph
  {
    var options = MoViNetConfiguration(
      stemChannels: 4,
      stages: [
        [.init(4, inner: 12, kernel: [1, 5, 5], stride: 2)],
        [.init(8, inner: 16, kernel: [5, 3, 3], stride: 2), .init(8, inner: 16)],
      ], pooledChannels: 16, cropSize: 22)
    (options.hiddenChannels, options.classCount) = (12, 5)
    (options.form, options.convolutions) = (form, convolutions)
    return try Architecture.moViNet(options).graph()
  }

  @Test(arguments: [MoViNetConfiguration.Convolutions.full, .factored])
  func aClipGivesWhatItsFramesGiveOneByOne(_ convolutions: MoViNetConfiguration.Convolutions) throws {
    let (clipGraph, stepGraph) = (try small(.causal, convolutions), try small(.stream, convolutions))
    #expect(stepGraph.parameters.map(\.path) == clipGraph.parameters.map(\.path))
    let clip = RandomWeights.clips([2, 3, 7, 22, 22], seed: 1)
    let weights = try RandomWeights.make(for: clipGraph, seed: 1, measuringOn: [clip])
    let (whole, interpreter) = (
      try Interpreter(clipGraph, weights: weights), try Interpreter(stepGraph, weights: weights)
    )
    var states: [String: Tensor] = [:]
    for (index, frame) in frames(clip).enumerated() {
      let step = try interpreter.run([frame], states: &states)[0]
      let start = Operations.Slice(axis: 2, start: 0, end: index + 1).evaluate([clip])[0]
      #expect(relativeError(step, try whole.run([start])[0]) < 1e-5, "frame \(index)")
    }
  }

  @Test func factoredConvolutionsKeepWhatTheirTemporalPartsTake() throws {
    let states = try small(.stream, .factored).states.count
    // Four and two past frames, a mean for each of three blocks and the head, and the number of frames.
    #expect(states == 4 + 2 + 4 + 1)
    for form in [MoViNetConfiguration.Form.base, .causal] { #expect(try small(form, .full).states.isEmpty) }
  }

  @Test func aMeanOfAStreamStaysAccurate() throws {
    let graph = Graph.build(input: .clip(channels: 2, frames: 1)) { x in
      MoViNetMeans(.stream, input: x).final(of: x)
    }
    let interpreter = try Interpreter(graph, weights: [:])
    var states: [String: Tensor] = [:]
    var (sum, mean) = (0.0, Tensor(zeros: [1, 2, 1, 1, 1]))
    let count = 1000
    for step in 0..<count {
      let value = Float(100 + step % 7)
      sum += Double(value)
      mean = try interpreter.run([Tensor([value, -value], shape: [1, 2, 1, 1, 1])], states: &states)[0]
    }
    let exact = Float(sum / Double(count))
    #expect(relativeError(mean, Tensor([exact, -exact], shape: mean.shape)) < 1e-5)
    // Where float32 counts no further, the mean goes on, and stays between what it sees.
    states["frame_count"] = Tensor([0x1p24] as [Float], shape: [1])
    let frozen = try interpreter.run([Tensor([100, -100] as [Float], shape: [1, 2, 1, 1, 1])], states: &states)[0]
    #expect(relativeError(frozen, mean) < 1e-5)
  }

  @Test func olderOptionsAreOfTheBaseForm() throws {
    let architecture = try Architecture(named: "movinet_a1_base")
    var text = try JSON(encoding: architecture).text()
    #expect(text.contains(#""form":"base""#) && text.contains(#""convolutions":"3d""#), "\(text)")
    text = text.replacing(#","form":"base""#, with: "").replacing(#""form":"base","#, with: "")
    text = text.replacing(#","convolutions":"3d""#, with: "").replacing(#""convolutions":"3d","#, with: "")
    func read(_ text: String) throws -> Architecture {
      try JSON(parsing: Array(text.utf8), path: "config").document(path: "config").decode(Architecture.self)
    }
    #expect(!text.contains("form"))
    #expect(try read(text) == architecture)
    let stream = try Architecture(named: "movinet_a2_stream")
    #expect(try read(JSON(encoding: stream).text()) == stream)
  }
}
