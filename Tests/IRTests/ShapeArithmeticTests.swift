import TestSupport
import Tensors
import Testing

@testable import IR

/// What graphs compute with the lengths of axes.
@Suite struct ShapeArithmeticTests {
  private static func constant(_ values: [Int], like x: SymbolicTensor) -> SymbolicTensor {
    x.builder.constant(Tensor(values.map { Int64($0) }, shape: [values.count]))
  }

  /// Joins time and batch, as exporters write it: the target is `[N · T, C, H · W]`, of lengths that are computed.
  private static func framesAsBatch() -> Graph {
    Graph.build(input: .clip(channels: 3)) { clip in
      let frames = clip.permuted(0, 2, 1, 3, 4)
      let shape = frames.applying(Operations.Shape())
      let axis = { (axis: Int) in shape.applying(Operations.Slice(axis: 0, start: axis, end: axis + 1)) }
      let target = SymbolicTensor.concatenated(
        [axis(0) * axis(1), Self.constant([3], like: clip), axis(3) * axis(4)], axis: 0)
      return frames.applying(Operations.ReshapeTo(), target).applying(Operations.Activation(.relu))
    }
  }

  @Test func inferenceSeesThroughShapes() throws {
    let graph = Self.framesAsBatch()
    try graph.verify()
    #expect(graph.outputTypes[0].rank == 3)
    #expect(graph.outputTypes[0].shape[1] == 3)
    #expect(graph.outputTypes[0].shape[0].value == nil)
  }

  @Test func nothingOfItIsLeftForKnownLengths() throws {
    let graph = try Self.framesAsBatch().specialized(to: [[2, 3, 4, 5, 6]])
    #expect(graph.outputTypes[0].fixedShape == [8, 3, 30])
    let names = graph.computedNodes.map { graph.nodes[$0].operation.name }
    #expect(names == ["permute", "reshape", "activation"])
  }

  @Test func specializedGraphsGiveTheSameResults() throws {
    let values: [Float] = (0..<720).map { Float($0 % 17) - 8 }
    let clip = Tensor(values, shape: [2, 3, 4, 5, 6])
    let found = try Interpreter(Self.framesAsBatch(), weights: [:]).run([clip])[0]
    #expect(found.shape == [8, 3, 30])
    let moved = Reference.permute(clip, order: [0, 2, 1, 3, 4])
    let expected = Reference.activation(moved, .relu).elements(as: Float.self)
    #expect(found.elements(as: Float.self) == expected)
  }

  /// Integers that are computed of known lengths alone need no graph input at all.
  @Test func rangesFollowFromLengths() throws {
    let graph = Graph.build(input: GraphInput(name: "x", type: ValueType(["N"], elementType: .int64))) { x in
      let zero = x.builder.constant(Tensor([Int64(0)], shape: []))
      let one = x.builder.constant(Tensor([Int64(1)], shape: []))
      let count = x.applying(Operations.Shape()).applying(Operations.Reshape([]))
      return zero.applying(Operations.IntegerRange(), count, one)
    }
    try graph.verify()
    #expect(graph.outputTypes[0].shape[0].value == nil)
    let result = try Interpreter(graph, weights: [:]).run([Tensor([Int64](repeating: 7, count: 4), shape: [4])])[0]
    #expect(result == Tensor([Int64(0), 1, 2, 3], shape: [4]))
  }

  @Test(arguments: [(0, 5, 2, [0, 2, 4]), (5, 0, -2, [5, 3, 1]), (1, 1, 3, []), (3, 0, 1, []), (-2, 1, 3, [-2])])
  func rangesAreThoseOfNumPy(_ start: Int, _ limit: Int, _ step: Int, _ expected: [Int]) throws {
    let inputs = [start, limit, step].map { Tensor([Int64($0)], shape: []) }
    let operation = Operations.IntegerRange()
    #expect(try operation.evaluate(inputs)[0].integers == expected)
    let types = inputs.map { ValueType.known($0) }
    #expect(try operation.resultTypes(types)[0].fixedShape == [expected.count])
  }

  @Test func hostileRangesAreRefused() {
    for numbers in [[0, Int(Int64.max), 1], [Int(Int64.min), Int(Int64.max), 1], [0, 5, 0]] {
      let types = numbers.map { ValueType.known(Tensor([Int64($0)], shape: [])) }
      if let type = try? Operations.IntegerRange().resultTypes(types)[0] {
        #expect(type.fixedShape == [0], "\(numbers)")
      }
    }
  }

  /// The text of a computed length does not grow with the number of operations.
  @Test func computedLengthsStayShort() throws {
    let graph = Graph.build(input: GraphInput(name: "x", type: ValueType(["N", "M"], elementType: .int64))) { x in
      var length = x.applying(Operations.Shape())
      for _ in 0..<40 { length = length * length + length }
      return length
    }
    try graph.verify()
    #expect(graph.description.count < 20_000)
  }

  @Test func aGraphWithConstantsIsCoded() throws {
    let graph = Self.framesAsBatch()
    let parsed = try JSON(parsing: Array(graph.encoded().text().utf8), path: "graph")
    let copy = try Graph(decoding: parsed.document(path: "graph"))
    #expect(copy.description == graph.description)
  }
}
