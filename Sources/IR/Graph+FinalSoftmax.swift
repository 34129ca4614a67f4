extension Graph {
  /// The index of the node of a softmax that only means and data movement follow, so that the output is probabilities
  /// and not logits; nil if there is none.
  public var finalSoftmax: Int? {
    guard var id = outputs.first else { return nil }
    let links = GraphLinks(self)
    while let index = links.producers[id] {
      switch nodes[index].operation {
      case is Operations.Softmax: return index
      case is Operations.Mean, is Operations.Reshape, is Operations.Permute: id = nodes[index].inputs[0]
      default: return nil
      }
    }
    return nil
  }
}
