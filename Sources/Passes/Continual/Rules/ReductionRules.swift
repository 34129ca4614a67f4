import IR

extension Operations.Mean: TemporalOperation {
  /// Over all frames: the mean of the frames' own means; in integers, of all elements.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    try node.reduction(self, over: axes, keepsAxes: keepsAxes) { Self(axes: $0, keepsAxes: true) }
  }
}

extension Operations.Reduce: TemporalOperation {
  /// Over all frames: the function of the frames' own values, if it can be computed in parts.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    let form = try node.reduction(self, over: axes, keepsAxes: keepsAxes) {
      Self(function, axes: $0, keepsAxes: true)
    }
    switch function {
    case .sum, .product, .maximum, .minimum, .l1, .l2, .logSumExp: return form
    case .sumSquare, .logSum:
      guard case .frames? = form.results.first else {
        throw TemporalRefusal("\(function.rawValue) over frames is not that of its values for single frames")
      }
      return form
    }
  }
}

extension Operations.AdaptivePool: TemporalOperation {
  /// Each frame by itself, or all frames if one is left.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    let axis = try node.axis()
    let time = axis - 2
    guard outputSize.indices.contains(time) else { throw TemporalRefusal("it works along the axis of frames") }
    var frame = self
    frame.outputSize[time] = 1
    // A frame that is pooled already has the output's size, so pooling again leaves all other axes as they are.
    if outputSize[time] == 1 {
      return TemporalForm(operation: node.isInteger ? nil : frame, results: [.summary { _ in self }])
    }
    guard outputSize[time] == node.shape[axis] else {
      throw TemporalRefusal("it pools \(node.shape[axis]) frames to \(outputSize[time])")
    }
    return TemporalForm(operation: frame, results: [.frames(axis: axis)])
  }
}

extension TemporalNode {
  /// Returns the form of a reduction over some axes, which is that of its own results for parts of the clip.
  fileprivate func reduction(
    _ operation: any Operation, over axes: [Int], keepsAxes: Bool, _ make: ([Int]) -> any Operation
  ) throws(TemporalRefusal) -> TemporalForm {
    let axis = try axis()
    guard axes.contains(axis) else {
      let place = keepsAxes ? axis : axis - axes.count { $0 < axis }
      return TemporalForm(operation: operation, results: [.frames(axis: place)])
    }
    let others = axes.filter { $0 != axis }
    let isWhole = others.isEmpty || isInteger
    return TemporalForm(operation: isWhole ? nil : make(others), results: [.summary { _ in operation }])
  }
}
