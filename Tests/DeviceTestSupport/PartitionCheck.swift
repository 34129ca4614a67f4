import Devices
import IR
import TestSupport
import Tensors
import Testing

/// What holds for a graph that is shared by a ``ReferenceDevice`` and any other device.
package enum PartitionCheck {
  /// Which operations of ``graph()`` the reference device takes.
  package static let splits = [
    ["convolution"], ["activation"], ["mean", "binary"], ["convolution", "mean"], [],
  ]
  /// The same for a graph with states.
  package static let stateSplits = [
    ["convolution"], ["concat", "slice"], ["convolution", "activation", "concat", "slice", "mean"], [],
  ]
  private static let shape = [2, 3, 4, 9, 12]

  /// A small network for clips of known size.
  package static func graph() throws -> Graph { try TinyNetwork.graph().specialized(to: [shape]) }

  /// Expects the interpreter's results where some operations run on a reference device and the rest on `last`.
  package static func expectSameResult(where operations: [String], elseOn last: any Device) throws {
    let graph = try graph()
    let weights = TinyNetwork.weights(graph)
    let clip = Tensor((0..<2592).map { Float($0 % 31) / 31 - 0.5 }, shape: shape)
    let expected = try Interpreter(graph, weights: weights).run([clip])[0]
    let other = ReferenceDevice(name: "other", operations: Set(operations))
    let partition = try Partition(graph, among: [other, last])
    for part in partition.parts {
      for node in part.nodes {
        #expect((part.device == 0) == operations.contains(graph.nodes[node].operation.name))
      }
    }
    #expect(partition.parts.flatMap(\.nodes) == Array(graph.nodes.indices))
    let executable = try partition.compile(weights: weights)
    #expect(executable.inputShapes == [shape] && executable.outputShapes == [[2, 4]])
    let runner = try executable.makeRunner(threads: 2)
    let tolerance = max(last.tolerance(in: .fp32), 1e-6)
    for _ in 0..<2 { #expect(relativeError(try runner.run([clip])[0], expected) < tolerance) }
    #expect { _ = try runner.run([]) } throws: { $0 is any UserFacingError }
    #expect { _ = try runner.run([Tensor(zeros: [2, 3, 4, 9, 13])]) } throws: { $0 is any UserFacingError }
  }

  /// Expects the interpreter's results and states: the host keeps states if the graph is cut, the device if it is not.
  package static func expectSameStates(where operations: [String], elseOn last: any Device) throws {
    let shape = [2, 3, 1, 9, 8]
    let graph = try StepNetwork.temporal().specialized(to: [shape])
    let weights = TinyNetwork.weights(graph)
    let interpreter = try Interpreter(graph, weights: weights)
    let devices: [any Device] = [ReferenceDevice(name: "other", operations: Set(operations)), last]
    let executable = try Partition(graph, among: devices).compile(weights: weights)
    let (runner, other) = try (executable.makeRunner(threads: 2), executable.makeRunner(threads: 1))
    var states: [String: Tensor] = [:]
    for number in 0..<5 {
      let frame = StepNetwork.input(shape, number)
      let expected = try interpreter.run([frame], states: &states)[0]
      #expect(relativeError(try runner.run([frame])[0], expected) < 1e-5)
      if number == 2 { try other.restoreState(runner.saveState()) }
      if number > 2 { #expect(relativeError(try other.run([frame])[0], expected) < 1e-5) }
    }
    #expect(runner.saveState()["past"]?.shape == [2, 20, 2, 5, 4])
    #expect(thrown(StateError.self) { try runner.restoreState(["past": Tensor(zeros: [1])]) } != nil)
    runner.reset()
    let first = StepNetwork.input(shape, 0)
    #expect(relativeError(try runner.run([first])[0], try interpreter.run([first])[0]) < 1e-5)
  }
}
