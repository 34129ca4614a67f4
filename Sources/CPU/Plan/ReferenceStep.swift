import IR
import Tensors

/// Runs an operation that has no kernel by its reference implementation, on one worker.
///
/// It is correct, but slow, and allocates while it runs.
struct ReferenceStep: Step {
  let operation: any Operation
  let inputs: [(location: Location, shape: [Int], type: ElementType)]
  let results: [Location]
  /// The path of the operation's layer.
  let scope: String

  var kernelName: String { "reference_\(operation.name)" }
  var isSerial: Bool { true }

  func run(_ memory: WorkerMemory) {
    let operands = inputs.map { input in
      var tensor = Tensor(zeros: input.shape, elementType: input.type)
      tensor.withUnsafeMutableBytes { target in
        if let start = target.baseAddress {
          start.copyMemory(from: memory.read(input.location), byteCount: target.count)
        }
      }
      return tensor
    }
    do throws(GraphError) {
      for (location, tensor) in zip(results, try operation.evaluate(operands, scope: scope)) {
        tensor.withUnsafeBytes { source in
          if let start = source.baseAddress { memory.write(location).copyMemory(from: start, byteCount: source.count) }
        }
      }
    } catch { memory.fail(error) }
  }
}

extension PlanBuilder {
  /// Adds a step that runs an operation by its reference implementation, on plain values of any element type, or on
  /// integers if it has an integer form.
  func lowerToReference(_ node: Graph.Node) {
    if let integerForm { return lowerToReference(node, integerForm) }
    let inputs = node.inputs.map { (location: plain($0), shape: shape($0), type: graph.type($0).elementType) }
    let results = node.results.map { newPlain($0) }
    append(
      ReferenceStep(operation: node.operation, inputs: inputs, results: results, scope: node.scope),
      reads: inputs.map(\.location),
      writes: results)
  }
}
