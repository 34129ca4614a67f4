import IR
import Tensors

/// Finds the origin of NaN or infinity.
enum NotFinite {
  /// The description where no operation before the loss has such a result.
  static let unknown = "the loss"

  /// Returns a description of the first operation of a training graph whose result contains NaN or infinity; it is run
  /// again step by step.
  static func place(_ form: TrainingGraph, _ inputs: [Tensor], _ weights: [String: Tensor]) throws -> String {
    if inputs[0].holdsNotFinite { return "the clips" }
    for path in form.parameters where weights[path]?.holdsNotFinite ?? false { return "the weight \(path)" }
    let graph = form.graph
    var values: [Graph.ValueID: Tensor] = [:]
    for (id, tensor) in zip(graph.inputs, inputs + form.parameters.compactMap { weights[$0] }) { values[id] = tensor }
    // The loss, the first output, is not finite, so what comes after it need not be examined.
    for node in graph.nodes {
      let results = try node.operation.evaluate(node.inputs.compactMap { values[$0] }, scope: node.scope)
      if results.contains(where: \.holdsNotFinite) {
        return "\(node.operation.name)\(node.scope.isEmpty ? "" : " in \(node.scope)")"
      }
      for (id, tensor) in zip(node.results, results) { values[id] = tensor }
      if node.results.first == graph.outputs.first { break }
    }
    return unknown
  }
}
