import IR
import Tensors

/// A value of a network that calibration observes.
struct CalibrationPoint: Sendable {
  /// The value's name; for a prologue's result, the name of the node's result.
  let key: String
  /// Whether it is the result of a pointwise convolution's prologue, which is not a value of the graph.
  let isPrologue: Bool
  /// Whether it becomes 16-bit values.
  let isWord: Bool
  /// The path of the layer that computes it.
  let layer: String
  /// The values that it is computed from.
  let sources: [Graph.ValueID]
  private let activation: ActivationFunction?

  /// Returns the points of a graph, in the order of its values.
  static func all(_ points: QuantizationPoints, in graph: Graph) -> [CalibrationPoint] {
    let links = GraphLinks(graph)
    let values = points.values.map { id, width in
      CalibrationPoint(
        key: graph[id].name, isPrologue: false, isWord: width == .word,
        layer: links.producers[id].map { "\(graph.nodes[$0].operation.name) \(graph.nodes[$0].scope)" }
          ?? "the input \(graph[id].name)", sources: [id],
        activation: nil)
    }
    let prologues = points.prologues.compactMap { index -> CalibrationPoint? in
      let node = graph.nodes[index]
      guard let operation = node.operation as? Operations.Pointwise else { return nil }
      return CalibrationPoint(
        key: graph.resultName(index), isPrologue: true, isWord: false, layer: "the input of \(node.scope)",
        sources: [node.inputs[0]] + (operation.hasScale ? [node.inputs[3]] : []),
        activation: operation.prologueActivation)
    }
    return values + prologues
  }

  /// Returns the point's tensor, given those of its sources.
  func tensor(_ sources: [Tensor]) -> Tensor {
    let scaled = sources.count > 1 ? Reference.binary(sources[0], sources[1], .multiply) : sources[0]
    return activation.map { Reference.activation(scaled, $0) } ?? scaled
  }
}
