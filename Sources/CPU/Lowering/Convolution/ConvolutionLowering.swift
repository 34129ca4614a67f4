import IR

extension Operations.Convolution: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    builder.lowerConvolution(
      node.inputs[0], weight: node.inputs[1], bias: node.inputs.count == 3 ? node.inputs[2] : nil, window: window,
      groups: groups, residual: nil, activation: nil, result: node.results[0])
  }
}

extension Operations.FusedConvolution: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    if storage == .qu8 { return lowerBytes(node, builder) }
    return builder.lowerConvolution(
      node.inputs[0], weight: node.inputs[1], bias: node.inputs[2], window: window, groups: groups,
      residual: hasResidual ? node.inputs.last : nil, activation: activation, result: node.results[0])
  }
}

extension PlanBuilder {
  /// Adds a convolution by the kernel that fits it best.
  fileprivate func lowerConvolution(
    _ x: Graph.ValueID, weight: Graph.ValueID, bias: Graph.ValueID?, window: Window, groups: Int,
    residual: Graph.ValueID?, activation: ActivationFunction?, result: Graph.ValueID
  ) -> Bool {
    if groups == 1, window.isPointwise {
      return lowerPointwise(
        x, weight: weight, bias: bias, stride: window.stride, residual: residual, activation: activation, result: result
      )
    }
    guard let input = channelsLast(x), let output = channelsLast(result) else { return false }
    if groups == input.channels, groups == output.channels, residual == nil {
      return lowerDepthwise(x, weight: weight, bias: bias, window: window, activation: activation, result: result)
    }
    if groups == 1, residual == nil, input.channels <= 4, isPlain(x),
      let kernel = StemKernel(
        kernels: kernels, inputs: input.channels, outputs: output.channels, window: window,
        inputSize: [input.frames, input.height, input.width], activation: activation)
    {
      let packed = packed(byteCount: kernel.packedBytes, weight: weight, bias: bias) {
        kernel.pack(weight: $0, bias: $1, into: $2)
      }
      let clip = plain(x)
      let place = newPixels(result, output)
      append(
        StemStep(
          kernel: kernel, packed: packed, clip: clip, clipStride: input.channels * input.pixels, output: place,
          outputRows: output.rows), reads: [packed, clip], writes: [place])
      return true
    }
    let size = [input.frames, input.height, input.width]
    // Weights that are computed are packed in each run: that must not take long.
    if groups == 1, storedParameter(weight) != nil,
      let tile = WinogradKernel.fastestTile(
        kernels: kernels, inputs: input.channels, outputs: output.channels, window: window, inputSize: size),
      let kernel = WinogradKernel(
        kernels: kernels, inputs: input.channels, outputs: output.channels, window: window, inputSize: size,
        activation: activation, tile: tile)
    {
      let packed = packed(byteCount: kernel.packedBytes, weight: weight, bias: bias) {
        kernel.pack(weight: $0, bias: $1, into: $2)
      }
      add(kernel, packed, x, input, residual: residual, result, output)
    } else {
      let kernel = ConvolutionKernel(
        kernels: kernels, inputs: input.channels, outputs: output.channels, groups: groups, window: window,
        inputSize: size, activation: activation)
      let packed = packed(byteCount: kernel.packedBytes, weight: weight, bias: bias) {
        kernel.pack(weight: $0, bias: $1, into: $2)
      }
      add(kernel, packed, x, input, residual: residual, result, output)
    }
    return true
  }

  /// Adds the step of a kernel that takes pixels.
  private func add(
    _ kernel: some ConvolutionRows, _ packed: Location, _ x: Graph.ValueID, _ input: ChannelsLast,
    residual: Graph.ValueID?, _ result: Graph.ValueID, _ output: ChannelsLast
  ) {
    let source = pixels(x, input)
    let residual = residual.map { pixels($0, output) }
    let place = newPixels(result, output)
    append(
      ConvolutionStep(
        kernel: kernel, packed: packed, input: source, inputLayout: input, output: place, outputLayout: output,
        residual: residual), reads: [packed, source] + [residual].compactMap { $0 }, writes: [place])
  }
}
