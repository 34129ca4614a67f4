import TestSupport
import Tensors
import Testing

@testable import IR

/// Values that are not float32.
@Suite struct ElementTypeTests {
  static let types: [ElementType] = [.int64, .int32, .uint8, .bool, .float16, .float64]

  /// Twelve elements that differ, as far as the type goes.
  static func values(_ type: ElementType, _ shape: [Int] = [2, 3, 2]) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { Float($0 % 5) }, shape: shape).converted(to: type)
  }

  /// Moving elements is the same for all types.
  @Test(arguments: types) func movementTakesAnyElementType(_ type: ElementType) throws {
    let operations: [any Operation] = [
      Operations.Reshape([0, -1]), Operations.Permute([2, 0, 1]), Operations.Concat(axis: 1),
      Operations.Slice(axis: 1, start: 0, end: 3, step: 2), Operations.Slice(axis: 1, start: -1, end: -9, step: -2),
      Operations.Pad(before: [0, 1, 0], after: [1, 0, 2], value: 1),
      Operations.Pad(before: [0, -1, 2], after: [3, 0, -1], mode: .reflect), Operations.Expand(shape: [4, 1, 3, 2]),
      Operations.Tile(repeats: [2, 1, 3]), Operations.Split(axis: 1, lengths: [2, 1]),
      Operations.Triangle(keepsUpper: false, diagonal: -1),
    ]
    for operation in operations {
      let inputs = [Self.values(type)] + (operation is Operations.Concat ? [Self.values(type, [2, 1, 2])] : [])
      let results = try operation.evaluate(inputs)
      #expect(try operation.resultTypes(inputs.map { ValueType($0) }) == results.map { ValueType($0) })
      let expected = try operation.evaluate(inputs.map { $0.converted(to: .float32) })
      #expect(results == expected.map { $0.converted(to: type) }, "\(operation.name)")
    }
  }

  @Test func constantsMustBeValuesOfTheType() {
    let refused: [(ElementType, Float)] = [(.int64, 0.5), (.uint8, -1), (.bool, 2), (.int64, -.infinity)]
    for (type, value) in refused {
      let pad = Operations.Pad(before: [1], after: [0], value: value)
      #expect(thrown(ShapeError.self) { try pad.resultTypes([ValueType([2], elementType: type)]) } != nil, "\(type)")
    }
    #expect(ElementType.float32.holds(0.1) && ElementType.float16.holds(-.infinity) && ElementType.bool.holds(1))
    #expect(!ElementType.float32.holds(.nan) && !ElementType.float16.holds(1e6) && !ElementType.int8.holds(128))
  }

  @Test func operationsSayWhichTypesTheyTake() {
    let tokens = ValueType([2, 3], elementType: .int64)
    let operations: [(any Operation, [ValueType])] = [
      (Operations.Activation(.relu), [tokens]), (Operations.LogSoftmax(axis: 1), [tokens]),
      (Operations.Linear(), [tokens, ValueType([4, 3])]), (Operations.Mean(axes: [1]), [tokens]),
    ]
    for (operation, inputs) in operations {
      let error = thrown(ShapeError.self) { try operation.resultTypes(inputs) }
      #expect(error?.reason == "it takes float32 values", "\(operation.name)")
    }
    let mixed = thrown(ShapeError.self) { try Operations.Concat(axis: 0).resultTypes([tokens, ValueType([2, 3])]) }
    #expect(mixed?.reason == "all inputs must have the same rank and element type")
    let sum = thrown(ShapeError.self) { try Operations.Binary(.add).resultTypes([tokens, ValueType([2, 3])]) }
    #expect(sum?.reason == "all inputs must have the same element type")
    let power = thrown(ShapeError.self) { try Operations.Unary(.not).resultTypes([ValueType([2, 3])]) }
    #expect(power?.reason.hasPrefix("it takes int64 or int32") == true)
  }

  /// Two inputs, two outputs, a parameter, none of them float32.
  static func network() -> Graph {
    let tokens = GraphInput(name: "tokens", type: ValueType(["N", 3], elementType: .int64))
    let mask = GraphInput(name: "mask", type: ValueType(["N", 3], elementType: .bool))
    return Graph.build(inputs: [tokens, mask]) { inputs in
      let start = inputs[0].builder.parameter("start", shape: [1, 3], elementType: .int64)
      return [SymbolicTensor.concatenated([start, inputs[0]], axis: 0), inputs[1].permuted(1, 0)]
    }
  }

  @Test func codingKeepsElementTypes() throws {
    let graph = Self.network()
    let text = try graph.encoded().text()
    let copy = try Graph(decoding: JSON(parsing: Array(text.utf8), path: "graph").document(path: "graph"))
    #expect(copy.description == graph.description)
    #expect(copy.description.contains("parameter start: int64[1, 3]"))
    // float32 is not written for a parameter, so that older files and newer ones are the same.
    #expect(try !TinyNetwork.graph().encoded()["parameters"].map { $0.text() }!.contains("type"))
    #expect(throws: FormatError.self) {
      let broken = Array(text.replacing("\"type\":\"int64\"}", with: "\"type\":\"int65\"}").utf8)
      _ = try Graph(decoding: JSON(parsing: broken, path: "graph").document(path: "graph"))
    }
  }

  @Test func anInterpreterRunsThem() throws {
    let interpreter = try Interpreter(Self.network(), weights: ["start": Self.values(.int64, [1, 3])])
    let results = try interpreter.run([
      Tensor([7, 8, 1 << 60] as [Int64], shape: [1, 3]), Tensor([true, false, true], shape: [1, 3]),
    ])
    #expect(results[0] == Tensor([0, 1, 2, 7, 8, 1 << 60] as [Int64], shape: [2, 3]))
    #expect(results[1] == Tensor([true, false, true], shape: [3, 1]))
    #expect(throws: GraphError.self) { try interpreter.run([Tensor(zeros: [1, 3]), Tensor(zeros: [1, 3])]) }
    #expect(throws: GraphError.self) { try Interpreter(Self.network(), weights: ["start": Tensor(zeros: [1, 3])]) }
  }

  @Test func severalResultsAreReturnedTogether() throws {
    let depthwise = Operations.Depthwise(window: Window(kernel: [1, 1, 1]), emitsMean: true)
    let build = { (count: Int) in
      Graph.build(inputs: [.clip(channels: 3)]) { inputs in
        let builder = inputs[0].builder
        return inputs[0].applying(
          depthwise, builder.parameter("weight", shape: [3, 1, 1, 1]), builder.parameter("bias", shape: [3]),
          resultCount: count)
      }
    }
    let graph = build(2)
    try graph.verify()
    #expect(graph.outputs == graph.nodes[0].results && graph.outputs.count == 2)
    // A number of results that is not the operation's is a mistake, and not a result that gets lost.
    for count in [1, 3] {
      #expect { try build(count).verify() } throws: { "\($0)".contains("depthwise has 2 results, not \(count)") }
    }
  }
}
