import IR

/// How the inputs and results of an operation are stored.
package enum Storage: Sendable {
  case float32
  /// Images of one pixel are float32 nevertheless.
  case float16
  /// Bytes, 16-bit values and exact real numbers, as the node's `IntegerForm` says.
  case qu8
}

/// An operation that has kernels on a CPU.
///
/// If there are none, for some attributes, shapes or storage, or because an operation does not conform, its reference
/// implementation runs.
package protocol CPUOperation: Operation {
  /// Adds the steps of a node to a plan.
  ///
  /// - Parameters:
  ///   - node: The node, whose operation this is.
  ///   - storage: How its values are stored; ``Storage/qu8`` for nodes that run in integers, and only for operations
  ///     with an integer form.
  ///   - builder: The plan to add to.
  /// - Returns: Whether there are kernels for it; if not, nothing has been added.
  func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool
}

extension PlanBuilder {
  /// Adds the steps of one operation: in integers if the plan's points say so, by its kernels if there are some, and by
  /// its reference implementation otherwise.
  func lower(_ index: Int) {
    start(index)
    let node = graph.nodes[index]
    let storage: Storage = integerForm != nil ? .qu8 : kernels.format == .float16 ? .float16 : .float32
    let hasKernels = (node.operation as? any CPUOperation)?.lower(node, for: storage, self) ?? false
    if !hasKernels { lowerToReference(node) }
    settle(node)
  }
}
