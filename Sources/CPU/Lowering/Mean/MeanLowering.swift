import IR

extension Operations.Mean: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    if storage == .qu8 { return lowerBytes(node, builder) }
    if builder.quantization != nil { return lowerExactly(node, builder) }
    let rank = builder.shape(node.inputs[0]).count
    guard rank == 4 || rank == 5, axes.sorted() == Array(2..<rank) else { return false }
    return builder.lowerGlobalMean(node.inputs[0], result: node.results[0])
  }

  /// Adds an exact mean over the last axes.
  private func lowerExactly(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    let shape = builder.shape(node.inputs[0])
    guard axes.sorted() == Array((shape.count - axes.count)..<shape.count) else { return false }
    let positions = shape.suffix(axes.count).reduce(1, *)
    let input = builder.plain(node.inputs[0])
    let output = builder.newPlain(node.results[0])
    builder.append(
      ExactMeanStep(
        input: input, output: output, count: shape.dropLast(axes.count).reduce(1, *), positions: positions),
      reads: [input], writes: [output])
    return true
  }

  private func lowerBytes(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    let layout = QuantizedLayout(builder.shape(node.inputs[0]), .pixels)
    guard let form = builder.byteForm(of: node.inputs[0]) else { return false }
    let input = builder.bytes(node.inputs[0], layout)
    let kernel = QuantizedMeanKernel(isa: builder.isa, channels: layout.channels)
    let sums = builder.newSums(of: Int64.self, count: kernel.partCount, units: layout.pixels, images: layout.images)
    builder.append(
      SumStep(kernel: kernel, input: input, layout: layout, sums: sums), reads: [input], writes: [sums.place])
    builder.finishMean(node.results[0], of: layout, sums, scale: form.scale, zero: form.storedZero)
    return true
  }
}

extension PlanBuilder {
  /// Adds the mean of each channel over all positions, padding included: pixels of floats may be padded for halves.
  func lowerGlobalMean(_ x: Graph.ValueID, result: Graph.ValueID) -> Bool {
    guard let layout = heldLayout(x) ?? channelsLast(x), channelsLast(result) != nil else { return false }
    let input = pixels(x, layout)
    let kernel = MeanKernel(kernels: kernels(for: layout), channels: layout.paddedChannels)
    let sums = newSums(of: Float.self, count: kernel.partCount, units: layout.pixels, images: layout.images)
    append(SumStep(kernel: kernel, input: input, layout: layout, sums: sums), reads: [input], writes: [sums.place])
    finishMean(result, of: layout, sums)
    return true
  }

  /// Adds the step that computes a mean from sums.
  func finishMean(_ mean: Graph.ValueID, of layout: ChannelsLast, _ sums: PartialSums) {
    guard let meanLayout = channelsLast(mean) else { return }
    let output = newPixels(mean, meanLayout.floats)
    append(
      MeanStep(
        kernel: MeanKernel(kernels: kernels(for: layout), channels: layout.paddedChannels), sums: sums, output: output,
        images: layout.images, positions: layout.pixels), reads: [sums.place], writes: [output])
  }

  /// Adds the step that computes a mean from exact sums.
  func finishMean(_ mean: Graph.ValueID, of layout: QuantizedLayout, _ sums: PartialSums, scale: Float, zero: UInt8) {
    let kernel = QuantizedMeanKernel(isa: isa, channels: layout.channels)
    let form = byteForm(of: mean)
    // Its axes may be kept or not; its channels are the same.
    let meanLayout = QuantizedLayout([layout.images, layout.channels], form == nil ? .floats : .pixels)
    let output: Location
    let outputBytes: Int
    if form == nil, let floats = channelsLast(mean)?.floats {
      (output, outputBytes) = (newPixels(mean, floats), floats.imageBytes)
    } else {
      let place = form == nil ? newFloats(mean, meanLayout) : newPlace(mean, .quantized(meanLayout))
      (output, outputBytes) = (place, meanLayout.imageBytes)
    }
    append(
      QuantizedMeanStep(
        kernel: kernel, sums: sums, output: output, outputBytes: outputBytes, form: form, images: layout.images,
        positions: layout.pixels, scale: scale, zero: zero), reads: [sums.place], writes: [output])
  }
}
