import IR
import Tensors

/// Finds where NaN or infinity came from.
enum NotFinite {
  /// The first operation of a training graph whose result holds NaN or infinity, for people; computed again step by step.
  static func place(_ form: TrainingGraph, _ inputs: [Tensor], _ weights: [String: Tensor]) throws -> String {
    if inputs[0].holdsNotFinite { return "the clips" }
    for path in form.parameters where weights[path]?.holdsNotFinite ?? false { return "the weight \(path)" }
    let graph = form.graph
    var values: [Graph.ValueID: Tensor] = [:]
    for (id, tensor) in zip(graph.inputs, inputs + form.parameters.compactMap { weights[$0] }) { values[id] = tensor }
    // The loss, the first output, is what is not finite: what comes after it need not be looked at.
    for node in graph.nodes {
      let results = node.operation.evaluate(node.inputs.compactMap { values[$0] })
      if results.contains(where: \.holdsNotFinite) {
        return "\(node.operation.name)\(node.scope.isEmpty ? "" : " in \(node.scope)")"
      }
      for (id, tensor) in zip(node.results, results) { values[id] = tensor }
      if node.results.first == graph.outputs.first { break }
    }
    return "the loss"
  }
}
