import CPU
import IR
import TestSupport
import Tensors
import Testing

/// Plans of graphs whose values are not all float32.
@Suite struct ElementTypeTests {
  /// Three inputs, four outputs and a parameter, of four element types; each output moves elements of one of them.
  static func network() -> Graph {
    Graph.build(inputs: [
      GraphInput(name: "tokens", type: ValueType(["N", 3], elementType: .int64)),
      GraphInput(name: "mask", type: ValueType(["N", 3, 5], elementType: .bool)),
      GraphInput(name: "clip", type: ValueType(["N", 2, "H", "W"])),
    ]) { inputs in
      let start = inputs[0].builder.parameter("start", shape: [2, 3], elementType: .int64)
      let bytes = inputs[0].builder.parameter("bytes", shape: [2, 1, 1, 3], elementType: .uint8)
      return [
        SymbolicTensor.concatenated([start, inputs[0]], axis: 1).reshaped(to: 0, 2, 3),
        inputs[1].permuted(0, 2, 1), bytes.permuted(3, 1, 2, 0),
        inputs[2].applying(Operations.Activation(.relu)),
      ]
    }
  }

  static let inputs = [
    Tensor([1, 2, 1 << 60, -4, 5, 6] as [Int64], shape: [2, 3]),
    Tensor((0..<30).map { $0 % 3 == 0 }, shape: [2, 3, 5]), StepNetwork.input([2, 2, 3, 4], 0),
  ]
  static let weights = [
    "start": Tensor([9, 8, 7, 6, 5, 1 << 61] as [Int64], shape: [2, 3]),
    "bytes": Tensor([0, 255, 3, 4, 5, 6] as [UInt8], shape: [2, 1, 1, 3]),
  ]

  @Test(arguments: [1, 2], [Precision.fp32, .fp16]) func plansGiveWhatTheInterpreterGives(
    threads: Int, precision: Precision
  ) throws {
    let expected = try Interpreter(Self.network(), weights: Self.weights).run(Self.inputs)
    #expect(expected.map(\.elementType) == [.int64, .bool, .uint8, .float32])
    for isa in ISA.available {
      let plan = try Plan(
        Self.network(), weights: Self.weights, inputShapes: Self.inputs.map(\.shape), precision: precision, isa: isa)
      #expect(plan.outputElementTypes == expected.map(\.elementType))
      let results = try Session(plan, threads: threads).run(Self.inputs)
      #expect(results.dropLast() == expected.dropLast(), "\(isa)")
      #expect(relativeError(results[3], expected[3]) < 1e-2, "\(isa)")
    }
  }

  @Test func anInputOfAnotherTypeIsRefused() throws {
    let plan = try Plan(Self.network(), weights: Self.weights, inputShapes: Self.inputs.map(\.shape))
    let session = try Session(plan)
    let found = ValueType([2, 3], elementType: .int32)
    let error = thrown(RuntimeError.self) {
      try session.run([Self.inputs[0].converted(to: .int32)] + Self.inputs.dropFirst())
    }
    #expect(error == .input(number: 0, expected: ValueType([2, 3], elementType: .int64), found: found))
    #expect(error.map { "\($0)" } == "input 0 must be int64[2, 3], not int32[2, 3]")
    #expect(throws: GraphError.self) {
      try Plan(Self.network(), weights: ["start": Tensor(zeros: [2, 3])], inputShapes: Self.inputs.map(\.shape))
    }
  }

  /// Where clips go one by one, each has its part of all inputs and outputs.
  @Test func clipsOneByOneTakeTheirPartOfEachInput() throws {
    let graph = Graph.build(inputs: [
      GraphInput(name: "mask", type: ValueType(["N", 3], elementType: .bool)),
      GraphInput(name: "x", type: ValueType(["N", 3])),
    ]) { [$0[0].applying(Operations.Slice(axis: 1, start: 1, end: 3)), $0[1].applying(Operations.Activation(.relu))] }
    let inputs = [Tensor([true, false, true, true, true, false], shape: [2, 3]), StepNetwork.input([2, 3], 4)]
    let plan = try Plan(graph, weights: [:], inputShapes: inputs.map(\.shape))
    let expected = try Interpreter(graph, weights: [:]).run(inputs)
    for threads in 1...2 { #expect(try Session(plan, threads: threads).run(inputs) == expected) }
  }
}
