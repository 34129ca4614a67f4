import Devices
import IR
import Tensors

/// A device that computes some operations by their reference meaning.
package struct ReferenceDevice: Device {
  package let name: String
  let operations: Set<String>?
  package let precisions = [Precision.fp32]
  package let hints: DeviceHints
  package let memoryBytes: Int

  /// A device.
  ///
  /// - Parameter operations: The names of those that it supports; nil: all.
  package init(
    name: String, operations: Set<String>? = nil, hints: DeviceHints = DeviceHints(), memoryBytes: Int = .max
  ) {
    self.name = name
    self.operations = operations
    self.hints = hints
    self.memoryBytes = memoryBytes
  }

  package func tolerance(in precision: Precision) -> Double { 0 }

  package func supports(_ node: Graph.Node, in graph: Graph, precision: Precision) -> Bool {
    operations?.contains(node.operation.name) ?? true
  }

  package func compile(
    _ graph: Graph, weights: [String: Tensor], precision: Precision, quantization: QuantizationTable?
  ) throws -> any Executable {
    Interpreted(
      interpreter: try Interpreter(graph, weights: weights), states: graph.stateValues,
      inputShapes: graph.inputs.map { graph.type($0).fixedShape ?? [] },
      outputShapes: graph.outputs.map { graph.type($0).fixedShape ?? [] })
  }
}

private struct Interpreted: Executable {
  let interpreter: Interpreter
  let states: [StateValue]
  let inputShapes: [[Int]]
  let outputShapes: [[Int]]

  func makeRunner(threads: Int) throws -> any Runner { Running(self) }
}

private final class Running: Runner {
  let executable: Interpreted
  var states: [String: Tensor]

  init(_ executable: Interpreted) {
    self.executable = executable
    states = executable.states.initialValues
  }

  func run(_ inputs: [Tensor]) throws -> [Tensor] { try executable.interpreter.run(inputs, states: &states) }
  func reset() { states = executable.states.initialValues }
  func saveState() -> [String: Tensor] { states }
  func restoreState(_ tensors: [String: Tensor]) throws(StateError) {
    try executable.states.check(tensors)
    states = tensors
  }
}
