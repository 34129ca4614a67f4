import TestSupport
import Tensors
import Testing

@testable import IR

/// Graphs that hand values on from one run to the next, by the meaning of their operations.
@Suite struct StateTests {
  /// The first outputs of runs in a row.
  static func outputs(_ graph: Graph, weights: [String: Tensor] = [:], _ inputs: [Tensor]) throws -> [Tensor] {
    let interpreter = try Interpreter(graph, weights: weights)
    var states: [String: Tensor] = [:]
    return try inputs.map { try interpreter.run([$0], states: &states)[0] }
  }

  @Test func aRunningSumAddsUp() throws {
    let inputs = (0..<4).map { Tensor([Float($0), 1, -2], shape: [1, 3]) }
    let sums = try Self.outputs(StepNetwork.runningSum(), inputs).map { $0.elements(as: Float.self) }
    #expect(sums == [[0, 1, -2], [1, 2, -4], [3, 3, -6], [6, 4, -8]])
  }

  @Test func statesAreReadBeforeAnyIsWritten() throws {
    let frames = (0..<5).map { StepNetwork.input([2, 2, 1, 3, 4], $0) }
    let delayed = try Self.outputs(StepNetwork.delay(), frames)
    #expect(delayed == [Tensor(zeros: frames[0].shape), Tensor(zeros: frames[0].shape)] + frames.prefix(3))
  }

  @Test func aRunningMaximumBeginsWithMinusInfinity() throws {
    let frames = [-3, -5, 2, 0].map { (x: Float) in Tensor([x, -x], shape: [1, 2, 1, 1, 1]) }
    let most = try Self.outputs(StepNetwork.runningMaximum(), frames).map { $0.elements(as: Float.self) }
    #expect(most == [[-3, 3], [-3, 5], [2, 5], [2, 5]])
  }

  @Test func stepsGiveWhatTheClipGives() throws {
    let clip = StepNetwork.input([2, 3, 6, 9, 8], 1)
    let weights = TinyNetwork.weights(StepNetwork.temporal())
    let expected = try Interpreter(StepNetwork.temporalClip(), weights: weights).run([clip])[0]
    let frames = (0..<6).map { Reference.slice(clip, axis: 2, start: $0, end: $0 + 1, step: 1) }
    let steps = try Self.outputs(StepNetwork.temporal(), weights: weights, frames)
    #expect(Reference.concatenate(Array(steps.dropFirst(2)), axis: 2) == expected)
  }

  @Test func aRunByItselfBeginsAnew() throws {
    let interpreter = try Interpreter(StepNetwork.runningSum(), weights: [:])
    let x = Tensor([1, 2, 3] as [Float], shape: [1, 3])
    for _ in 0..<2 { #expect(try interpreter.run([x]) == [x]) }
  }

  @Test func specializingGivesStatesTheirShapes() throws {
    let graph = try StepNetwork.temporal().specialized(to: [[2, 3, 1, 9, 8]])
    #expect(
      graph.stateValues == [StateValue(name: "past", shape: [2, 20, 2, 5, 4], elementType: .float32, initial: 0)])
    #expect(graph.stateValues[0].byteCount == 2 * 20 * 2 * 5 * 4 * 4)
  }

  @Test func textFormNamesStates() {
    let lines = StepNetwork.runningMaximum().description.split(separator: "\n")
    #expect(lines[1] == "  state most: float32[N, 2, 1, H, W] = -inf")
    #expect(lines.suffix(2) == ["  update most = %3", "  return %3"])
  }

  @Test(arguments: [
    StepNetwork.runningSum(), StepNetwork.delay(elementsOf: .int64, initial: -7), StepNetwork.runningMaximum(),
    StepNetwork.temporal(),
  ]) func codingKeepsStates(_ graph: Graph) throws {
    let text = try graph.encoded().text()
    let copy = try Graph(decoding: JSON(parsing: Array(text.utf8), path: "graph").document(path: "graph"))
    #expect(copy.description == graph.description)
    #expect(copy.states.map(\.initial) == graph.states.map(\.initial))
    #expect(try copy.encoded().text() == text)
  }

  @Test(arguments: [
    ("\"next\":\"%3\"", "\"next\":\"%9\"", "not defined"), ("\"next\":\"%3\"", "\"next\":\"%2\"", "but is updated to"),
    ("\"initial\":\"-inf\"", "\"initial\":\"nan\"", "must be a number"),
    ("\"initial\":\"-inf\"", "\"initial\":1e300", "cannot begin with 1e+300"),
    ("\"name\":\"most\"", "\"name\":\"clip\"", "twice"),
    ("[\"N\",2,1,\"H\",\"W\"],\"initial\"", "[\"N\"],\"initial\"", "no axis 2"),
    (
      "\"type\":\"float32\",\"shape\":[\"N\",2,1,\"H\",\"W\"],\"initial\"", "\"type\":\"f\",\"shape\":[],\"initial\"",
      "type"
    ),
  ]) func damagedStatesAreRefused(_ original: String, _ damaged: String, _ problem: String) throws {
    let text = try StepNetwork.runningMaximum().encoded().text()
    try #require(text.contains(original), "\(text)")
    let broken = Array(text.replacing(original, with: damaged).utf8)
    #expect {
      _ = try Graph(decoding: JSON(parsing: broken, path: "graph").document(path: "graph"))
    } throws: { $0 is any UserFacingError && "\($0)".contains(problem) }
  }

  @Test func eachStateIsUpdatedOnceByAValueOfItsType() throws {
    let problems: [String: (SymbolicTensor, SymbolicTensor) -> Void] = [
      "the state 'a' is not updated": { _, _ in },
      "the state 'a' is updated twice": { x, a in
        x.builder.update(a, to: x)
        x.builder.update(a, to: a)
      },
      "the state 'a' is float32[N, 3], but is updated to float32[N]": { x, a in
        x.builder.update(a, to: x.mean(axes: [1]))
      },
      "'x' is updated, but is no state": { x, a in x.builder.update(x, to: a) },
    ]
    for (problem, update) in problems {
      let graph = Graph.build(input: GraphInput(name: "x", type: ValueType(["N", 3]))) { x in
        update(x, x.builder.state("a", shape: ["N", 3], initial: 0))
        return x
      }
      #expect { try graph.verify() } throws: { "\($0)".contains(problem) }
    }
    let unknown = Graph.build(input: GraphInput(name: "x", type: ValueType(["N"]))) { x in
      let state = x.builder.state("a", shape: ["M"], initial: 0)
      x.builder.update(state, to: state)
      return x
    }
    #expect { _ = try unknown.specialized(to: [[1]]) } throws: {
      "\($0)" == "malformed graph: the length M of the state 'a' does not follow from the inputs"
    }
  }

  @Test func statesOfOthersAreRefused() throws {
    let interpreter = try Interpreter(StepNetwork.runningSum(), weights: [:])
    var states = ["total": Tensor(zeros: [2, 3])]
    #expect(
      thrown(StateError.self) { try interpreter.run([Tensor(zeros: [1, 3])], states: &states) }
        == .value(name: "total", expected: ValueType([1, 3]), found: ValueType([2, 3])))
    states = ["sum": Tensor(zeros: [1, 3])]
    #expect(
      thrown(StateError.self) { try interpreter.run([Tensor(zeros: [1, 3])], states: &states) }
        == .names(expected: ["total"], found: ["sum"]))
  }

  @Test func aStateThatNoMemoryHoldsIsRefused() throws {
    let graph = Graph.build(input: GraphInput(name: "x", type: ValueType(["N"]))) { x in
      let state = x.builder.state("a", shape: ["N", .fixed(1 << 32), .fixed(1 << 32)], initial: 0)
      x.builder.update(state, to: state)
      return x
    }
    #expect { _ = try Interpreter(graph, weights: [:]).run([Tensor(zeros: [1])]) } throws: {
      "\($0)".contains("too large")
    }
  }

  @Test func whatAStateHandsOnIsUsed() throws {
    let graph = StepNetwork.temporal()
    let links = GraphLinks(graph)
    let next = graph.states[0].next
    #expect(links.isFinal(next) && links.useCount(of: next) == 1 && links.lastUse(of: next) == nil)
    // A rewrite leaves nothing out that only a state needs.
    let program = try ModelProgram(graph, weights: TinyNetwork.weights(graph))
    var rewriter = GraphRewriter(program)
    for index in graph.nodes.indices { try rewriter.keep(index) }
    let copy = try rewriter.finish().graph
    #expect(copy.nodes.map(\.operation.name) == graph.nodes.map(\.operation.name))
    #expect(copy.states.map { copy[$0.value].name } == ["past"] && copy.nodes.count == 6)
  }

  @Test func aRewriteAddsStates() throws {
    let graph = Graph.build(input: GraphInput(name: "x", type: ValueType(["N", 3]))) { x in
      x.applying(Operations.Activation(.relu))
    }
    var rewriter = GraphRewriter(try ModelProgram(graph, weights: [:]))
    let x = try rewriter.value(for: graph.inputs[0])
    let total = rewriter.addState("total", graph.type(graph.inputs[0]), initial: 0)
    let sum = try rewriter.add(Operations.Binary(.add), inputs: [total, x], standingFor: [0])[0]
    try rewriter.update(total, to: sum)
    rewriter.replace(graph.nodes[0].results[0], by: sum)
    let steps = [Tensor([1, 2, 3] as [Float], shape: [1, 3]), Tensor([1, 1, 1] as [Float], shape: [1, 3])]
    #expect(
      try Self.outputs(rewriter.finish().graph, steps) == Self.outputs(StepNetwork.runningSum(), steps))
    // The same from nothing.
    var writer = GraphWriter()
    let input = writer.addInput("x", ValueType(["N", 3]))
    let state = writer.addState("total", ValueType(["N", 3]), initial: 0)
    let next = try writer.add(Operations.Binary(.add), [state, input])[0]
    try writer.update(state, to: next)
    #expect(try writer.finish(outputs: [next]).description == StepNetwork.runningSum().description)
  }

  @Test func aPartTakesAndGivesTheWholesStates() throws {
    let graph = StepNetwork.temporal()
    let part = try graph.subgraph(of: Array(graph.nodes.indices))
    #expect(part.graph.states.isEmpty)
    #expect(part.inputs.map { graph[$0].name } == ["clip", "past"])
    #expect(part.outputs == [graph.states[0].next] + graph.outputs)
  }
}
