import IR

extension Operations.Pointwise: TrainedInIntegers {
  func addTrainingForm(of node: Graph.Node, to form: inout QuantizedForm) throws(GraphError) {
    let ones = stride.map { _ in 1 }
    try form.addLayer(
      node, try multiplied(node, &form), Operations.Convolution(window: Window(kernel: ones, stride: stride)),
      weightShape: form.shape(node.inputs[1]) + ones, activation: activation,
      residual: hasResidual ? node.inputs.last : nil)
  }

  /// Returns what is multiplied: the input, or the prologue's results.
  private func multiplied(
    _ node: Graph.Node, _ form: inout QuantizedForm
  ) throws(GraphError) -> (value: QuantizedForm.Value, scale: Float) {
    guard hasScale || prologueActivation != nil else { return try form.input(node) }
    guard form.isInteger else {
      var x = try form.real(node.inputs[0])
      if hasScale { x = try form.add(Operations.Binary(.multiply), [x, form.real(node.inputs[3])]) }
      return (try form.activated(x, prologueActivation), 1)
    }
    guard let target = form.table.prologues[form.source[node.results[0]].name] else {
      throw .malformed("the quantization of what \(form.source[node.results[0]].name) multiplies is missing")
    }
    var x: QuantizedForm.Value
    if hasScale {
      // First the 16-bit value's scale times the channel's, as the int8 kernels do it.
      let words = try form.whole(node.inputs[0])
      let factors = try form.add(Operations.Requantize(inputScale: words.scale), [form.real(node.inputs[3])])
      x = try form.add(Operations.Binary(.multiply), [words.value, factors])
    } else {
      x = try form.real(node.inputs[0])
    }
    x = try form.add(Operations.Requantize(activation: prologueActivation, result: .init(.byte(target))), [x])
    return (x, target.scale)
  }
}

extension Operations.Depthwise: TrainedInIntegers {
  func addTrainingForm(of node: Graph.Node, to form: inout QuantizedForm) throws(GraphError) {
    let channels = form.shape(node.inputs[2])[0]
    try form.addLayer(
      node, try form.input(node), Operations.Convolution(window: window, groups: channels),
      weightShape: [channels, 1] + window.kernel, activation: activation)
    if emitsMean { try form.addMean(node.results[1], of: node.results[0], keepsAxes: true) }
  }
}

extension Operations.FusedConvolution: TrainedInIntegers {
  func addTrainingForm(of node: Graph.Node, to form: inout QuantizedForm) throws(GraphError) {
    try form.addLayer(
      node, try form.input(node), Operations.Convolution(window: window, groups: groups),
      weightShape: form.shape(node.inputs[1]), activation: activation, residual: hasResidual ? node.inputs[3] : nil)
  }
}

extension Operations.SqueezeExcite: TrainedInIntegers {
  func addTrainingForm(of node: Graph.Node, to form: inout QuantizedForm) throws(GraphError) {
    var inputs: [QuantizedForm.Value] = []
    for id in node.inputs {
      let value = try form.real(id)
      inputs.append(form.roundedWeights.contains(id) ? try form.add(Operations.FakeQuantize(), [value]) : value)
    }
    try form.define(
      node.results[0], real: form.add(Operations.ExactSqueezeExcite(activation: activation, gate: gate), inputs))
  }
}

extension Operations.Linear: TrainedInIntegers {
  func addTrainingForm(of node: Graph.Node, to form: inout QuantizedForm) throws(GraphError) {
    try form.addLayer(
      node, try form.input(node), self, weightShape: form.shape(node.inputs[1]), activation: nil,
      axis: form.source.type(node.results[0]).rank - 1)
  }
}

extension Operations.Mean: TrainedInIntegers {
  func addTrainingForm(of node: Graph.Node, to form: inout QuantizedForm) throws(GraphError) {
    try form.addMean(node.results[0], of: node.inputs[0], keepsAxes: keepsAxes)
  }
}

extension Operations.Binary: TrainedInIntegers {
  func addTrainingForm(of node: Graph.Node, to form: inout QuantizedForm) throws(GraphError) {
    let (a, b) = (try form.whole(node.inputs[0]), try form.whole(node.inputs[1]))
    try form.requantize(node.results[0], [a.value, b.value], inputScale: a.scale, residualScale: b.scale)
  }
}

extension Operations.Activation: TrainedInIntegers {
  func addTrainingForm(of node: Graph.Node, to form: inout QuantizedForm) throws(GraphError) {
    let x = try form.whole(node.inputs[0])
    try form.requantize(node.results[0], [x.value], inputScale: x.scale, activation: function)
  }
}

extension Operations.Concat: TrainedInIntegers {
  func addTrainingForm(of node: Graph.Node, to form: inout QuantizedForm) throws(GraphError) {
    var parts: [QuantizedForm.Value] = []
    for id in node.inputs {
      let x = try form.whole(id)
      parts.append(try form.requantized([x.value], inputScale: x.scale, as: node.results[0]))
    }
    form.steps[node.results[0]] = try form.add(self, parts)
  }
}

extension Operations.Pool: TrainedInIntegers {
  func addTrainingForm(of node: Graph.Node, to form: inout QuantizedForm) throws(GraphError) {
    try form.addPooling(self, function, node)
  }
}

extension Operations.AdaptivePool: TrainedInIntegers {
  func addTrainingForm(of node: Graph.Node, to form: inout QuantizedForm) throws(GraphError) {
    try form.addPooling(self, function, node)
  }
}

extension QuantizedForm {
  /// Adds pooling of integers; the largest of several integers is one of them.
  fileprivate mutating func addPooling(
    _ operation: any Operation, _ function: PoolingFunction, _ node: Graph.Node
  ) throws(GraphError) {
    let x = try whole(node.inputs[0])
    let pooled = try add(operation, [x.value])
    switch function {
    case .maximum: steps[node.results[0]] = pooled
    case .average: try requantize(node.results[0], [pooled], inputScale: x.scale)
    }
  }
}
