import IR

extension Operations.Permute: TemporalOperation {
  /// Each frame by itself, at another axis.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    let axis = try node.axis()
    guard let place = order.firstIndex(of: axis) else { throw TemporalRefusal("it has no axis of frames") }
    return TemporalForm(operation: self, results: [.frames(axis: place)])
  }
}

extension Operations.Reshape: TemporalOperation {
  /// Each frame by itself, if the result has an axis of frames with as many elements before it.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    let (axis, result) = (try node.axis(), node.results[0])
    let (length, before) = (node.shape[axis], node.shape[..<axis].reduce(1, *))
    if length == 1 { return TemporalForm(operation: self, results: [.summary(over: nil)]) }
    guard let place = result.indices.first(where: { result[$0] == length && result[..<$0].reduce(1, *) == before })
    else { throw TemporalRefusal("it joins the frames with other axes") }
    var step = self
    if step.shape[place] > 0 { step.shape[place] = 1 }
    return TemporalForm(operation: step, results: [.frames(axis: place)])
  }
}

extension Operations.Expand: TemporalOperation {
  /// Each frame by itself.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    let place = try node.axis() + shape.count - node.shape.count
    guard place >= 0 else { throw TemporalRefusal("it has no axis of frames") }
    var step = self
    step.shape[place] = 1
    return TemporalForm(operation: step, results: [.frames(axis: place)])
  }
}

extension Operations.Tile: TemporalOperation {
  /// Each frame by itself, unless frames are repeated.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    try node.eachFrame(self, apartFrom: repeats.indices.filter { repeats[$0] != 1 })
  }
}

extension Operations.Resize: TemporalOperation {
  /// Each frame by itself, unless the number of frames changes.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    try node.eachFrame(self, apartFrom: axes)
  }
}

extension Operations.Concat: TemporalOperation {
  /// Each frame by itself, unless clips follow each other.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    let place = try node.axis(companions: Array(node.inputs.indices.dropFirst()))
    guard place != axis, node.axes.allSatisfy({ $0 != nil }) else {
      throw TemporalRefusal("it joins frames with others")
    }
    return TemporalForm(operation: self, results: [.frames(axis: place)])
  }
}

extension Operations.Split: TemporalOperation {
  /// Each frame by itself, unless the clip is split in time.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    try node.eachFrame(self, apartFrom: [axis])
  }
}

extension Operations.Gather: TemporalOperation {
  /// Each frame by itself, unless frames are selected.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    let place = try node.axis()
    guard place != axis else { throw TemporalRefusal("it selects some of the frames") }
    return TemporalForm(
      operation: self, results: [.frames(axis: place < axis ? place : place + node.inputs[1].count - 1)])
  }
}

extension Operations.Slice: TemporalOperation {
  /// Each frame by itself; leaving frames out at the ends only changes which frame is the first.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    let place = try node.axis()
    guard place == axis else { return try node.eachFrame(self, apartFrom: [axis]) }
    guard step == 1 else { throw TemporalRefusal("it takes frames with a step of \(step)") }
    guard node.results[0][axis] > 1 || node.shape[axis] == 1 else {
      throw TemporalRefusal("it selects one frame of the clip")
    }
    return TemporalForm(
      window: TemporalWindow(before: -selection(length: node.shape[axis]).first), results: [.frames(axis: axis)])
  }
}

extension Operations.Pad: TemporalOperation {
  /// Each frame by itself; padding in time is left out and only changes which frame is the first.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    let axis = try node.axis()
    var step = self
    (step.before[axis], step.after[axis]) = (0, 0)
    let isEmpty = (step.before + step.after).allSatisfy { $0 == 0 }
    return TemporalForm(
      window: TemporalWindow(before: before[axis]), operation: isEmpty ? nil : step, results: [.frames(axis: axis)])
  }
}
