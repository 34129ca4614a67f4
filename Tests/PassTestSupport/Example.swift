import Passes
import IR
import TestSupport
import Tensors
import Testing

/// A small network with weights and an input, to be rewritten.
package struct Example: Sendable, CustomTestStringConvertible {
  package let testDescription: String
  package let graph: Graph
  package let input: Tensor
  package let weights: [String: Tensor]

  /// A network on a clip of `[N, channels, …]`.
  package init(
    _ description: String, shape: [Int] = [2, 4, 3, 6, 5], isOpen: Bool = true,
    _ body: (SymbolicTensor) -> SymbolicTensor
  ) throws {
    testDescription = description
    let type = ValueType(
      shape.enumerated().map { isOpen && $0 != 1 ? .symbolic("d\($0)") : .fixed($1) })
    graph = Graph.build(input: GraphInput(name: "x", type: type), body)
    let generator = CounterGenerator(seed: 5, name: description)
    input = Tensor((0..<shape.reduce(1, *)).map { generator.unit($0) }, shape: shape)
    weights = try RandomWeights.make(for: graph, seed: 3, measuringOn: [input])
  }

  package func program() throws -> ModelProgram { try ModelProgram(graph, weights: weights) }
}

extension ModelProgram {
  /// The names of the operations, in order.
  package var operations: [String] { graph.nodes.map(\.operation.name) }

  /// Runs the program with the interpreter.
  package func outputs(_ input: Tensor) throws -> [Tensor] { try Interpreter(graph, weights: weights).run([input]) }

  /// Checks that the other program computes the same on an input.
  package func expectSame(_ other: ModelProgram, on input: Tensor, _ comment: Comment? = nil) throws {
    for (before, after) in zip(try outputs(input), try other.outputs(input)) {
      #expect(before.shape == after.shape, comment)
      #expect(relativeError(after, before) < 1e-5, comment)
    }
  }
}

extension Pass {
  /// The passes for a CPU with the device's own rules.
  package static var cpu: [Pass] { Transmuter(target: .host).passes }
}
