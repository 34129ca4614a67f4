import PassTestSupport
import Models
import Passes
import IR
import Architectures
import Tensors
import Testing

@Suite struct PassTests {
  @Test func allPassesHaveACase() {
    #expect(Set(PassCase.rewritten.map(\.pass)) == Set(Pass.cpu.map(\.name)))
  }

  @Test(arguments: PassCase.rewritten) func rewritesAndKeepsTheMeaning(_ example: PassCase) throws {
    let made = try example.example()
    let index = try #require(Pass.cpu.firstIndex { $0.name == example.pass })
    var program = try made.program()
    for pass in Pass.cpu[..<index] { program = try pass.run(program) }
    let text = program.graph.description
    let result = try Pass.cpu[index].run(program)
    #expect(result.operations == example.operations)
    #expect(program.graph.description == text)
    #expect(result.graph.nodes.count < program.graph.nodes.count || result.operations != program.operations)
    try program.expectSame(result, on: made.input)
    #expect(try Pass.cpu[index].run(result).graph.description == result.graph.description)
  }

  @Test(arguments: PassCase.leftAlone) func leavesAlone(_ example: PassCase) throws {
    let made = try example.example()
    let program = try made.program()
    var result = program
    for pass in Pass.cpu { result = try pass.run(result) }
    #expect(result.operations == example.operations)
    try program.expectSame(result, on: made.input)
  }

  @Test func valuesThatAreOutputsStay() throws {
    let graph = Graph.build(inputs: [.clip(channels: 4)]) { inputs in
      let y = BatchNorm(4)(PassCase.depthwise(4)(inputs[0]))
      return [PassCase.relu(y), y]
    }
    let clip = RandomWeights.clips([1, 4, 2, 5, 5], seed: 1)
    let program = try ModelProgram(graph, weights: RandomWeights.make(for: graph, seed: 1, measuringOn: [clip]))
    var result = program
    for pass in Pass.cpu { result = try pass.run(result) }
    #expect(result.operations == ["depthwise", "activation"])
    try program.expectSame(result, on: clip)
  }

  @Test func aMatchedOperandWithOtherUsesStays() throws {
    let inner = Part<Operations.Activation>("inner")
    let outer = Part<Operations.Activation>("outer")
    let isReLU: @Sendable (Operations.Activation) -> Bool = { $0.function == .relu }
    let idempotent = Rewrite(
      "relu_of_relu",
      pattern: Pattern(outer, where: isReLU, operands: [.result(of: Pattern(inner, where: isReLU))])
    ) { match, rewriter throws(GraphError) in [try rewriter.value(for: match[inner].result)] }
    let example = try Example("relu twice") {
      let y = PassCase.relu($0)
      return PassCase.relu(PassCase.relu(y)) * y
    }
    let result = try Pass("simplify", [idempotent]).run(example.program())
    #expect(result.operations == ["activation", "binary"])
    try example.program().expectSame(result, on: example.input)
  }

  @Test func passesThatUndoEachOtherAreAnError() throws {
    let activation = Part<Operations.Activation>("activation")
    let flip = Rewrite("flip", pattern: Pattern(activation)) { match, rewriter throws(GraphError) in
      try rewriter.add(
        match[activation].operation, inputs: try rewriter.values(for: match[activation].inputs),
        standingFor: [match[activation].index])
    }
    let program = try Example("flip", PassCase.relu).program()
    #expect { _ = try Pass("flip", [flip]).run(program) } throws: { "\($0)".contains("undo each other") }
  }

  @Test func aRewriteThatUsesAValueBeforeItIsThereIsAnError() throws {
    let first = Part<Operations.Activation>("first")
    let second = Part<Operations.Binary>("second")
    // The replacement comes where the first node was, but takes the second's other operand, which is computed later.
    let early = Rewrite(
      "early", pattern: Pattern(second, operands: [.replaced(Pattern(first)), .anything])
    ) { match, rewriter throws(GraphError) in
      try rewriter.add(
        match[second].operation, inputs: try rewriter.values(for: match[second].inputs.reversed()),
        standingFor: [match[second].index])
    }
    let program = try Example("early") { PassCase.relu($0) + PassCase.swish($0) }.program()
    #expect { _ = try Pass("early", [early]).run(program) } throws: { "\($0)".contains("before it is computed") }
  }

  @Test func weightsThatTwoConvolutionsShareAreFoldedForEach() throws {
    let example = try Example("shared") { x in
      let weight = x.builder.parameter("weight", shape: [4, 4, 1, 1, 1])
      let convolution = Operations.Convolution(window: Window(kernel: [1, 1, 1]))
      let y = BatchNorm(4)(x.applying(convolution, weight))
      return BatchNorm(4)(y.applying(convolution, weight)).applying(convolution, weight)
    }
    let deployed = try Transmuter(target: .host).deploy(
      Model(name: "test", graph: example.graph, weights: example.weights))
    #expect(
      deployed.model.weights.keys.filter { $0.hasPrefix("weight") }.sorted() == ["weight", "weight_2", "weight_3"])
    try example.program().expectSame(deployed.program, on: example.input)
  }
}
