import TestSupport
import Tensors
import Testing

@testable import IR

/// Values that an operation cannot take, although it takes their types.
@Suite struct ValueErrorTests {
  /// Rows of a table by index.
  static func lookup() -> Graph {
    let tokens = GraphInput(name: "tokens", type: ValueType(["N"], elementType: .int64))
    return Graph.build(inputs: [tokens]) { inputs in
      inputs[0].builder.scoped("embedding") {
        [inputs[0].builder.parameter("weight", shape: [3, 2]).applying(Operations.Gather(axis: 0), inputs[0])]
      }
    }
  }

  @Test func anIndexThatIsOutOfRangeIsAnErrorThatNamesTheLayer() throws {
    let weights = ["embedding.weight": Tensor([0, 1, 2, 3, 4, 5] as [Float], shape: [3, 2])]
    let interpreter = try Interpreter(Self.lookup(), weights: weights)
    #expect(try interpreter.run([Tensor([-1, 0] as [Int64], shape: [2])])[0].elements() == [4, 5, 0, 1] as [Float])
    for index in [3, -4, Int64.min, .max] {
      let error = thrown(GraphError.self) { try interpreter.run([Tensor([0, index], shape: [2])]) }
      #expect(
        error?.description
          == "gather in embedding cannot take (float32[3, 2], int64[2]): the index \(index) is out of range for 3 elements"
      )
    }
  }

  @Test(arguments: [BinaryFunction.divide, .modulo, .remainder]) func integersAreNotDividedByZero(
    _ function: BinaryFunction
  ) throws {
    let operation = Operations.Binary(function)
    let (a, b) = (Tensor([7, -7, .min] as [Int64], shape: [3]), Tensor([2, 0, -1] as [Int64], shape: [3]))
    #expect(throws: ValueError.self) { try operation.evaluate([a, b]) }
    #expect(try operation.evaluate([a, Tensor([-1] as [Int64], shape: [1])])[0].count == 3)
  }

  @Test func positionsAreChecked() {
    let x = Tensor(zeros: [2, 3])
    let outside = Tensor([0, 3] as [Int64], shape: [1, 2])
    let operations: [(any Operation, [Tensor])] = [
      (Operations.GatherND(), [x, outside]), (Operations.GatherElements(axis: 1), [x, outside]),
      (Operations.ScatterND(), [x, outside, Tensor(zeros: [1])]),
      (Operations.ScatterElements(axis: 1), [x, outside, Tensor(zeros: [1, 2])]),
    ]
    for (operation, inputs) in operations {
      #expect(throws: Never.self, "\(operation)") { try operation.resultTypes(inputs.map { ValueType($0) }) }
      #expect(throws: ValueError.self, "\(operation)") { try operation.evaluate(inputs) }
    }
  }
}
