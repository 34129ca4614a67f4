import IR

extension Operations.Depthwise: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let mean = emitsMean ? node.results[1] : nil
    if storage == .qu8 { return builder.lowerDepthwise(node, window, activation: activation, mean: mean) }
    return builder.lowerDepthwise(
      node.inputs[0], weight: node.inputs[1], bias: node.inputs[2], window: window, activation: activation,
      result: node.results[0], mean: mean)
  }
}

extension Operations.Depthwise: InterleavedConsumer {
  func takesInterleaved(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    builder.takesInterleaved(node, window)
  }
}

extension Operations.BatchNorm: CPUOperation {
  /// Lowers a batch norm that cannot be folded into a convolution: to a depthwise convolution of one tap.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    let statistics = node.inputs[1...].compactMap { builder.parameter($0)?.elements(as: Float.self) }
    guard statistics.count == 4, let layout = builder.channelsLast(node.inputs[0]) else { return false }
    let factors = zip(statistics[0], statistics[3]).map { $0 / ($1 + epsilon).squareRoot() }
    let shifts = statistics[1].indices.map { statistics[1][$0] - statistics[2][$0] * factors[$0] }
    builder.addDepthwise(
      node.inputs[0], layout, window: Window(kernel: [1, 1, 1]), activation: nil, result: node.results[0], mean: nil
    ) { kernel in
      builder.constant(byteCount: kernel.packedBytes) { target in
        factors.withUnsafeBufferPointer { factors in
          guard let weight = factors.baseAddress else { return }
          shifts.withUnsafeBufferPointer { kernel.pack(weight: weight, bias: $0.baseAddress, into: target) }
        }
      }
    }
    return true
  }
}

extension PlanBuilder {
  /// Adds a depthwise convolution with weights `[C, window…]`.
  func lowerDepthwise(
    _ x: Graph.ValueID, weight: Graph.ValueID, bias: Graph.ValueID?, window: Window, activation: ActivationFunction?,
    result: Graph.ValueID, mean: Graph.ValueID? = nil
  ) -> Bool {
    guard let layout = channelsLast(x) else { return false }
    addDepthwise(x, layout, window: window, activation: activation, result: result, mean: mean) { kernel in
      packed(byteCount: kernel.packedBytes, weight: weight, bias: bias) { kernel.pack(weight: $0, bias: $1, into: $2) }
    }
    return true
  }

  fileprivate func addDepthwise(
    _ x: Graph.ValueID, _ inputLayout: ChannelsLast, window: Window, activation: ActivationFunction?,
    result: Graph.ValueID, mean: Graph.ValueID?, _ packed: (DepthwiseKernel) -> Location
  ) {
    guard let outputLayout = channelsLast(result) else { return }
    let kernel = DepthwiseKernel(
      kernels: kernels, channels: inputLayout.channels, window: window,
      inputSize: [inputLayout.frames, inputLayout.height, inputLayout.width], activation: activation)
    let packed = packed(kernel)
    let input = pixels(x, inputLayout)
    let output = newPixels(result, outputLayout)
    let sums = mean.map { _ in
      newSums(of: Float.self, count: kernel.pixelCount, units: outputLayout.height, images: outputLayout.images)
    }
    appendFusing(
      DepthwiseStep(
        kernel: kernel, packed: packed, window: window.threeDimensional, input: input, inputLayout: inputLayout,
        output: output, outputLayout: outputLayout, strideUnit: inputLayout.elementSize, sums: sums), input: x)
    if let mean, let sums { finishMean(mean, of: outputLayout, sums) }
  }

  /// Returns whether a depthwise convolution of bytes takes its input frame-interleaved.
  func takesInterleaved(_ node: Graph.Node, _ window: Window) -> Bool {
    QuantizedDepthwiseKernel.takesInterleaved(window, frames: QuantizedLayout(shape(node.inputs[0]), .pixels).frames)
  }

  /// Adds a depthwise convolution of bytes.
  func lowerDepthwise(
    _ node: Graph.Node, _ window: Window, activation: ActivationFunction?, mean: Graph.ValueID?
  ) -> Bool {
    let (x, y) = (node.inputs[0], node.results[0])
    let inputLayout = QuantizedLayout(shape(x), takesInterleaved(node, window) ? interleaved : .pixels)
    guard let input = byteForm(of: x) else { return false }
    let scale = wordScale(of: y)
    let kernel = QuantizedDepthwiseKernel(
      isa: isa, channels: inputLayout.channels, window: window, inputSize: inputLayout.size, input: input,
      output: scale.map { .int16(scale: $0, activation: activation) }
        ?? .bytes(QuantizedResult(supported: activation, byteForm(of: y))))
    let packed = packedBytes(byteCount: kernel.packedBytes) { kernel.pack($0, into: $1) }
    let outputLayout = QuantizedLayout(shape(y), scale == nil ? .pixels : .words)
    let source = bytes(x, inputLayout)
    let target = newPlace(y, .quantized(outputLayout))
    let sums = mean.map { _ in
      newSums(of: Int64.self, count: kernel.pixel, units: outputLayout.height, images: outputLayout.images)
    }
    appendFusing(
      DepthwiseStep(
        kernel: kernel, packed: packed, window: window.threeDimensional, input: source, inputLayout: inputLayout,
        output: target, outputLayout: outputLayout, strideUnit: 1, sums: sums), input: x)
    if let mean, let sums { finishMean(mean, of: outputLayout, sums, scale: scale ?? 1, zero: 0) }
    return true
  }
}
