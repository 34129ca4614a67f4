import IR
import Tensors

/// A graph in parts, compiled by several devices. Its states are kept in the host's memory.
struct PartitionedExecutable: Executable {
  let partition: Partition
  let parts: [any Executable]
  /// The parameters of the whole graph that are its outputs or the next values of its states.
  let constants: [Graph.ValueID: Tensor]
  let inputShapes: [[Int]]
  let outputShapes: [[Int]]

  init(_ partition: Partition, _ parts: [any Executable], weights: [String: Tensor]) {
    self.partition = partition
    self.parts = parts
    let graph = partition.graph
    let outputs = Set(graph.finalValues)
    var constants: [Graph.ValueID: Tensor] = [:]
    for parameter in graph.parameters where outputs.contains(parameter.value) {
      constants[parameter.value] = weights[parameter.path].map { graph.type(parameter.value).value(of: $0) }
    }
    self.constants = constants
    inputShapes = graph.inputs.map { graph.type($0).fixedShape ?? [] }
    outputShapes = graph.outputs.map { graph.type($0).fixedShape ?? [] }
  }

  func makeRunner(threads: Int) throws -> any Runner {
    PartitionedRunner(self, try parts.map { try $0.makeRunner(threads: threads) })
  }
}

/// Runs the parts one after the other.
private final class PartitionedRunner: Runner {
  private let executable: PartitionedExecutable
  private let runners: [any Runner]
  private var states: [String: Tensor]

  init(_ executable: PartitionedExecutable, _ runners: [any Runner]) {
    self.executable = executable
    self.runners = runners
    states = executable.partition.graph.stateValues.initialValues
  }

  func run(_ inputs: [Tensor]) throws -> [Tensor] {
    let graph = executable.partition.graph
    try graph.check(inputs: inputs)
    var values = executable.constants
    for (id, tensor) in zip(graph.inputs, inputs) { values[id] = tensor }
    try values.merge(graph.states(from: states)) { _, new in new }
    for (part, runner) in zip(executable.partition.parts, runners) {
      let results = try runner.run(part.subgraph.inputs.compactMap { values[$0] })
      for (id, result) in zip(part.subgraph.outputs, results) { values[id] = result }
    }
    states = graph.states { values[$0] }
    return graph.outputs.compactMap { values[$0] }
  }

  func reset() { states = executable.partition.graph.stateValues.initialValues }

  func saveState() -> [String: Tensor] { states }

  func restoreState(_ tensors: [String: Tensor]) throws(StateError) {
    try executable.partition.graph.stateValues.check(tensors)
    states = tensors
  }
}
