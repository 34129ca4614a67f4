import IR

extension Operations.Convolution: TemporalOperation {
  /// A window over the frames.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    try node.sliding(window) { Self(window: $0, groups: groups) }
  }
}

extension Operations.FusedConvolution: TemporalOperation {
  /// A window over the frames; a residual has the result's frames.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    try node.sliding(window, companions: [3]) {
      Self(window: $0, groups: groups, activation: activation, hasResidual: hasResidual)
    }
  }
}

extension Operations.Depthwise: TemporalOperation {
  /// A window over the frames; its mean is one over the frames of the result.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    var form = try node.sliding(window) { Self(window: $0, activation: activation, emitsMean: emitsMean) }
    let rank = node.shape.count
    if emitsMean {
      form.results.append(.summary { _ in Operations.Mean(axes: Array(2..<rank), keepsAxes: true) })
    }
    if node.canKeepSums { form.sums = try sums(of: node) }
    return form
  }

  /// Returns how sums are kept in place of frames; nil if these are not larger.
  private func sums(of node: TemporalNode) throws(TemporalRefusal) -> TemporalSums? {
    let axis = try node.axis()
    let count = { (shape: [Int]) in shape.enumerated().reduce(1) { $1.offset == axis ? $0 : $0 * $1.element } }
    guard count(node.results[0]) < count(node.shape), window.dilation[axis - 2] == 1 else { return nil }
    var frame = window
    (frame.kernel[axis - 2], frame.paddingBefore[axis - 2], frame.paddingAfter[axis - 2]) = (1, 0, 0)
    return TemporalSums(
      share: Self(window: frame), weightAxis: axis - 1, ending: activation.map { [Operations.Activation($0)] } ?? [],
      mean: emitsMean ? Operations.Mean(axes: Array(2..<node.shape.count), keepsAxes: true) : nil)
  }
}

extension Operations.Pointwise: TemporalOperation {
  /// Each frame by itself; a residual has the result's frames.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    let window = Window(kernel: stride.map { _ in 1 }, stride: stride)
    return try node.sliding(window, companions: [3, 4]) { _ in self }
  }
}

extension Operations.TransposedConvolution: TemporalOperation {
  /// Each frame by itself, if the window is one frame.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    let time = try node.axis() - 2
    guard window.kernel.indices.contains(time), window.kernel[time] == 1,
      window.paddingBefore[time] == 0, window.paddingAfter[time] == 0, node.results[0][time + 2] == node.shape[time + 2]
    else { throw TemporalRefusal("it makes several frames of one") }
    return try node.sliding(window) { _ in self }
  }
}

extension Operations.Pool: TemporalOperation {
  /// A window over the frames, or all of them if the window is the whole clip.
  func temporalForm(of node: TemporalNode) throws(TemporalRefusal) -> TemporalForm {
    let axis = try node.axis()
    let time = axis - 2
    guard window.kernel.indices.contains(time), window.kernel[time] > 1, node.results[0][axis] == 1,
      window.outputLength(node.shape[axis], axis: time) == 1, window.span(time) == node.shape[axis]
    else { return try node.sliding(window) { with($0) } }
    var (frame, rest) = (window, Window(kernel: window.kernel.map { _ in 1 }))
    (frame.kernel[time], frame.stride[time], frame.dilation[time]) = (1, 1, 1)
    if node.isInteger { rest = frame }
    let (last, isInteger) = (rest, node.isInteger)
    return TemporalForm(
      operation: isInteger ? nil : with(frame),
      results: [
        .summary { frameCount in
          var whole = last
          whole.kernel[time] = frameCount
          return with(whole)
        }
      ])
  }

  private func with(_ window: Window) -> Self {
    Self(function, window: window, countsPadding: countsPadding, roundsUp: roundsUp)
  }
}
