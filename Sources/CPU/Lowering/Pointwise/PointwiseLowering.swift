import IR

extension Operations.Pointwise: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let scale = hasScale ? node.inputs[3] : nil
    let residual = hasResidual ? node.inputs.last : nil
    if storage == .qu8 {
      return builder.lowerPointwise(
        node, stride: stride, activation: activation, prologue: prologueActivation, gate: scale, residual: residual)
    }
    return builder.lowerPointwise(
      node.inputs[0], weight: node.inputs[1], bias: node.inputs[2], stride: stride, scale: scale,
      prologue: prologueActivation, residual: residual, activation: activation, result: node.results[0])
  }
}

extension PlanBuilder {
  /// Adds a pointwise convolution with weights `[K, C]` or `[K, C, 1…]`; returns false if the weights are computed.
  func lowerPointwise(
    _ x: Graph.ValueID, weight: Graph.ValueID, bias: Graph.ValueID?, stride: [Int], scale: Graph.ValueID? = nil,
    prologue: ActivationFunction? = nil, residual: Graph.ValueID? = nil, activation: ActivationFunction?,
    result: Graph.ValueID
  ) -> Bool {
    guard let inputLayout = channelsLast(x), let outputLayout = channelsLast(result) else { return false }
    if inputLayout.pixels == 1, scale == nil, prologue == nil, residual == nil {
      return lowerLinear(x, weight: weight, bias: bias, activation: activation, result: result)
    }
    let kernel = PointwiseKernel(
      kernels: kernels, inputs: inputLayout.channels, outputs: outputLayout.channels, activation: activation,
      prologue: scale == nil && prologue == nil ? nil : .init(scales: scale != nil, activation: prologue),
      panelVectors: choice.panelVectors)
    let packed = packed(byteCount: kernel.packedBytes, weight: weight, bias: bias) {
      kernel.pack(weight: $0, bias: $1, into: $2)
    }
    let input = pixels(x, inputLayout)
    let scaleLocation = scale.flatMap { id in channelsLast(id).map { pixels(id, $0.floats) } }
    let residualLocation = residual.map { pixels($0, outputLayout) }
    let output = newPixels(result, outputLayout)
    append(
      PointwiseStep(
        kernel: kernel, packed: packed, input: input, inputLayout: inputLayout, output: output,
        outputLayout: outputLayout, stride: stride.count == 2 ? [1] + stride : stride, scale: scaleLocation,
        residual: residualLocation),
      reads: [packed, input] + [scaleLocation, residualLocation].compactMap { $0 }, writes: [output])
    return true
  }

  /// Adds a pointwise convolution of bytes, or of 16-bit values by way of its prologue.
  func lowerPointwise(
    _ node: Graph.Node, stride: [Int], activation: ActivationFunction?, prologue: ActivationFunction? = nil,
    gate: Graph.ValueID? = nil, residual: Graph.ValueID? = nil
  ) -> Bool {
    let (x, y) = (node.inputs[0], node.results[0])
    let tile = quantization?.table.prologues[graph[y].name]
    let inputLayout = QuantizedLayout(shape(x), tile == nil ? .pixels : .words)
    let stride = stride.count == 2 ? [1] + stride : stride
    let plain = tile == nil && residual == nil
    var outputLayout = QuantizedLayout(shape(y), .pixels)
    if plain, inputLayout.pixels == 1 {
      return lowerLinear(node, inputLayout, outputLayout, activation: activation)
    }
    let form = byteForm(of: y)
    if form == nil {
      outputLayout = outputLayout.with(.floats)
    } else if plain, stride[0] == 1, stride[2] == 1, wantsInterleaved(y) {
      outputLayout = outputLayout.with(interleaved)
    }
    guard let input = tile ?? byteForm(of: x) else { return false }
    let kernel = QuantizedPointwiseKernel(
      isa: isa, inputs: inputLayout.channels, outputs: outputLayout.channels, input: input,
      result: QuantizedResult(supported: activation, form), residual: residual.flatMap { byteForm(of: $0) },
      prologue: tile == nil ? nil : .init(scale: wordScale(of: x) ?? 1, activation: prologue))
    let packed = packedBytes(byteCount: kernel.packedBytes) { kernel.pack($0, into: $1) }
    let source = tile == nil ? bytes(x, inputLayout) : words(x)
    let gateLayout = gate.flatMap { channelsLast($0)?.floats }
    let gateLocation = zip(gate, gateLayout).map { (location: pixels($0, $1), stride: $1.paddedChannels) }
    let residualLocation = residual.map { bytes($0, outputLayout) }
    let target = form == nil ? newFloats(y, outputLayout) : newPlace(y, .quantized(outputLayout))
    append(
      QuantizedPointwiseStep(
        kernel: kernel, packed: packed, input: source, inputLayout: inputLayout, output: target,
        outputLayout: outputLayout, stride: stride, gate: gateLocation, residual: residualLocation),
      reads: [source] + [gateLocation?.location, residualLocation].compactMap { $0 }, writes: [target])
    return true
  }
}

/// Returns both of two optional values, or nil.
private func zip<First, Second>(_ first: First?, _ second: Second?) -> (First, Second)? {
  guard let first, let second else { return nil }
  return (first, second)
}
