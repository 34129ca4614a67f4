import IR
import Tensors

/// The weights of a convolution, frame by frame of its window.
struct SumWeights {
  /// The weight's path.
  let path: String
  /// The weight of each tap along time, the oldest frame's first.
  let taps: [Tensor]
  /// A bias of zeros.
  let noBias: Tensor

  /// Splits the weight of a node; nil if it is computed.
  init?(_ sums: TemporalSums, of node: Graph.Node, taps count: Int, _ program: ModelProgram) {
    let parameters = program.graph.parameters
    guard let path = parameters.first(where: { $0.value == node.inputs[1] })?.path,
      let weight = program.weights[path]?.converted(to: .float32)
    else { return nil }
    self.path = path
    taps = (0..<count).map {
      Operations.Slice(axis: sums.weightAxis, start: $0, end: $0 + 1).evaluate([weight])[0]
    }
    noBias = Tensor(zeros: [weight.shape[0]])
  }
}
