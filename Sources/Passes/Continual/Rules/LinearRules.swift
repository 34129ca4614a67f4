import IR

extension Operations.Linear: TemporalOperation {
  /// Each frame by itself, unless frames are the features.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    try node.eachFrame(self, apartFrom: [node.shape.count - 1])
  }
}

extension Operations.MatMul: TemporalOperation {
  /// Each frame by itself, if frames are rows of the first matrix, columns of the second, or an axis before the
  /// matrices.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    // The axis that is summed up, and the one that only this input has.
    let (ranks, count) = (node.inputs.map(\.count), node.axes.count { $0 != nil })
    for (index, (axis, rank)) in zip(node.axes, ranks).enumerated() {
      guard let axis else { continue }
      let (summed, own) = index == 0 ? (rank - 1, rank - 2) : (max(rank - 2, 0), rank - 1)
      guard axis != summed, axis != own || count == 1 else { throw TemporalRefusal("it multiplies frames with frames") }
    }
    guard ranks.allSatisfy({ $0 > 1 }) else { throw TemporalRefusal("it multiplies frames with a vector") }
    return try node.elementwise(self)
  }
}

extension Operations.Softmax: TemporalOperation {
  /// Each frame by itself, unless it is over the frames.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    try node.eachFrame(self, apartFrom: [axis])
  }
}

extension Operations.LogSoftmax: TemporalOperation {
  /// Each frame by itself, unless it is over the frames.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    try node.eachFrame(self, apartFrom: [axis])
  }
}

extension Operations.BatchNorm: TemporalOperation {
  /// Each frame by itself.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    try node.eachFrame(self, apartFrom: [1])
  }
}

extension Operations.LayerNorm: TemporalOperation {
  /// Each frame by itself, unless frames are among the normalized axes.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    try node.eachFrame(self, apartFrom: Array(node.shape.indices.suffix(node.inputs[1].count)))
  }
}

extension Operations.RMSNorm: TemporalOperation {
  /// Each frame by itself, unless frames are among the normalized axes.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    try node.eachFrame(self, apartFrom: Array(node.shape.indices.suffix(node.inputs[1].count)))
  }
}

extension Operations.GroupNorm: TemporalOperation {
  /// None: its statistics are those of all frames, and change with each.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    throw TemporalRefusal("it normalizes by statistics of the whole clip")
  }
}
