import TestSupport
import Tensors
import Testing

@testable import IR

@Suite struct GraphRewriterTests {
  static func program() throws -> ModelProgram {
    let graph = TinyNetwork.graph()
    return try ModelProgram(graph, weights: TinyNetwork.weights(graph))
  }

  @Test func keepingEveryNodeKeepsTheProgram() throws {
    let program = try Self.program()
    var rewriter = GraphRewriter(program)
    for index in program.graph.nodes.indices { try rewriter.keep(index) }
    let copy = try rewriter.finish()
    // Values are numbered anew; all else is as it was.
    #expect(copy.graph.description == program.graph.description.replacing("%2", with: "%3"))
    #expect(copy.weights == program.weights)
    #expect(copy.provenance == program.provenance)
  }

  @Test func whatNothingUsesIsLeftOutWithItsParameters() throws {
    let program = try Self.program()
    var rewriter = GraphRewriter(program)
    // The branch's convolution is kept, but the stem's result stands for it.
    try rewriter.keep(0)
    try rewriter.keep(1)
    rewriter.replace(program.graph.nodes[1].results[0], by: try rewriter.value(for: program.graph.nodes[0].results[0]))
    for index in 2..<program.graph.nodes.count { try rewriter.keep(index) }
    let result = try rewriter.finish()
    #expect(result.graph.nodes.map(\.operation.name) == ["convolution", "binary", "activation", "mean"])
    #expect(result.graph.parameters.map(\.path) == ["stem.weight"])
    #expect(Array(result.weights.keys) == ["stem.weight"])
    #expect(result.provenance.map { $0.origins.map(\.label) } == [["convolution"], ["add"], ["relu"], ["mean"]])
    #expect(program.graph.nodes.count == 5)
  }

  @Test func addedOperationsTakeScopeAndOriginsOfWhatTheyStandFor() throws {
    let program = try Self.program()
    var rewriter = GraphRewriter(program)
    try rewriter.keep(0)
    rewriter.block = "block"
    let stem = try rewriter.values(for: program.graph.nodes[0].results)
    let path = rewriter.addParameter("stem.weight", Tensor(zeros: [4]))
    let sum = try rewriter.add(Operations.Binary(.add), inputs: stem + stem, standingFor: [1, 2])
    #expect(rewriter.type(of: sum[0]).rank == 5 && rewriter.type(of: path).fixedShape == [4])
    rewriter.replace(program.graph.nodes[2].results[0], by: sum[0])
    for index in 3..<program.graph.nodes.count { try rewriter.keep(index) }
    let result = try rewriter.finish()
    #expect(result.graph.nodes[1].scope == "branch")
    #expect(result.provenance[1].origins.map(\.index) == [1, 2])
    #expect(result.provenance.map(\.block) == [nil, "block", nil, nil])
  }

  @Test func aTakenPathGetsANumber() throws {
    let program = try Self.program()
    var rewriter = GraphRewriter(program)
    for index in 0..<4 { try rewriter.keep(index) }
    var y = try rewriter.values(for: program.graph.nodes[3].results)
    for value in [Float(1), 2] {
      let factor = rewriter.addParameter("stem.weight", Tensor([value], shape: [1]))
      y = try rewriter.add(Operations.Binary(.multiply), inputs: y + [factor], standingFor: [3])
    }
    rewriter.replace(program.graph.nodes[3].results[0], by: y[0])
    try rewriter.keep(4)
    let result = try rewriter.finish()
    #expect(
      result.graph.parameters.map(\.path) == ["stem.weight", "branch.weight", "stem.weight_2", "stem.weight_3"])
    #expect(result.weights["stem.weight_3"] == Tensor([Float(2)], shape: [1]))
  }

  @Test func anOutputThatNothingStandsForIsAnError() throws {
    let program = try Self.program()
    var rewriter = GraphRewriter(program)
    try rewriter.keep(0)
    #expect { _ = try rewriter.finish() } throws: { "\($0)".contains("before it is computed") }
    #expect { try rewriter.keep(2) } throws: { "\($0)".contains("before it is computed") }
  }

  @Test func operationsThatCannotTakeTheirInputsAreErrors() throws {
    let program = try Self.program()
    var rewriter = GraphRewriter(program)
    try rewriter.keep(0)
    let stem = try rewriter.values(for: program.graph.nodes[0].results)
    #expect {
      try rewriter.add(Operations.Permute([0, 1]), inputs: stem, standingFor: [1])
    } throws: { "\($0)".contains("permute in branch cannot take") }
  }
}
