import IR
import Tensors

/// An operation without a kernel of its own, done by the interpreter's reference kernel on one worker.
///
/// Right, but slow, and the one kind of step that allocates while it runs.
struct ReferenceStep: Step {
  let operation: any Operation
  let inputs: [(location: Location, shape: [Int], type: ElementType)]
  let results: [Location]

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
    for (location, tensor) in zip(results, operation.evaluate(operands)) {
      tensor.withUnsafeBytes { source in
        if let start = source.baseAddress { memory.write(location).copyMemory(from: start, byteCount: source.count) }
      }
    }
  }
}

extension PlanBuilder {
  /// Adds the reference meaning of an operation without kernels, on plain values of any element type, or on integers if it runs in integers.
  func lowerToReference(_ node: Graph.Node) {
    if let integerForm { return lowerToReference(node, integerForm) }
    let inputs = node.inputs.map { (location: plain($0), shape: shape($0), type: graph.type($0).elementType) }
    let results = node.results.map { newPlain($0) }
    append(
      ReferenceStep(operation: node.operation, inputs: inputs, results: results), reads: inputs.map(\.location),
      writes: results)
  }
}
