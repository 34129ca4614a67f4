import CPU
import IR

extension Operations.ChannelScale: CPUOperation {
  /// Lowers the multiplication of each channel of a clip, and the activation.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    guard let layout = builder.channelsLast(node.inputs[0])?.floats,
      let pixel = builder.channelsLast(node.inputs[1])?.floats
    else {
      return false
    }
    let kernel = ElementwiseKernel(kernels: builder.floatKernels)
    let (x, scale) = (builder.pixels(node.inputs[0], layout), builder.pixels(node.inputs[1], pixel))
    let y = builder.newPixels(node.results[0], layout)
    builder.append(
      PixelWork(kernel.binaryName, pixels: layout.allPixels) { memory, run in
        layout.forEachImage(in: run) { n, run in
          let first = run.lowerBound * layout.paddedChannels
          kernel.combine(
            .multiply, memory.floats(x) + first,
            .pixel(memory.floats(scale) + n * layout.paddedChannels, count: layout.paddedChannels),
            activation: activation, output: memory.writeFloats(y) + first, count: run.count * layout.paddedChannels)
        }
      }, reads: [x, scale], writes: [y])
    return true
  }
}

extension Operations.ChannelScaleFactorGradient: CPUOperation {
  /// Lowers the gradient of a channel scale's scale: sums for each clip.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    guard let (layout, pixel, x, scale, dy) = builder.scaledByChannel(node) else { return false }
    let kernel = ScaleGradientKernel(
      kernels: builder.floatKernels, channels: layout.channels, activation: activation)
    let sums = builder.newPixels(node.results[0], pixel)
    let partBytes = layout.images * kernel.partCount * MemoryLayout<Double>.size
    let parts = builder.newOwnPlace(byteCount: partBytes)
    builder.append(
      PixelWork("\(kernel.name)_sums", pixels: layout.allPixels, sums: (parts, partBytes)) { memory, run in
        layout.forEachImage(in: run) { n, run in
          let first = run.lowerBound * layout.paddedChannels
          kernel.run(
            x: memory.floats(x) + first, dy: memory.floats(dy) + first,
            scale: memory.floats(scale) + n * layout.paddedChannels, dx: nil,
            part: memory.write(parts).assumingMemoryBound(to: Double.self) + n * kernel.partCount, count: run.count)
        }
      }, reads: [x, scale, dy], writes: [parts])
    builder.append(
      WorkStep("\(kernel.name)_sums_parts", isSerial: true, isMovable: true) { memory in
        let parts = memory.parts(at: parts, of: Double.self)
        for n in 0..<layout.images {
          kernel.combine(
            parts: parts.first + n * kernel.partCount, stride: parts.stride, count: memory.workers,
            into: memory.writeFloats(sums) + n * layout.paddedChannels)
        }
      }, reads: [parts], writes: [sums])
    return true
  }
}

extension Operations.ChannelScaleGradient: CPUOperation {
  /// Lowers the gradient of a channel scale's input, with a number for each clip and channel.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    guard let (layout, pixel, x, scale, dy) = builder.scaledByChannel(node) else { return false }
    let kernel = ScaleGradientKernel(
      kernels: builder.floatKernels, channels: layout.channels, activation: activation)
    let added = node.inputs.count == 4 ? builder.pixels(node.inputs[3], pixel) : nil
    let isLast = builder.owns(node.inputs[2], at: dy)
    let dx = isLast ? dy : builder.newPixels(node.results[0], layout)
    if isLast { builder.alias(node.results[0], .channelsLast(layout), at: dx) }
    builder.append(
      PixelWork(
        kernel.name, pixels: layout.allPixels, scratchBytes: layout.paddedChannels * MemoryLayout<Float>.size
      ) { memory, run in
        layout.forEachImage(in: run) { n, run in
          let first = run.lowerBound * layout.paddedChannels
          let own = added.map { added in
            let source = memory.floats(added) + n * layout.paddedChannels
            for channel in 0..<layout.paddedChannels { memory.ownFloats[channel] = source[channel] * factor }
            return UnsafePointer(memory.ownFloats)
          }
          kernel.run(
            x: memory.floats(x) + first, dy: memory.floats(dy) + first,
            scale: memory.floats(scale) + n * layout.paddedChannels, added: own, dx: memory.writeFloats(dx) + first,
            part: nil, count: run.count)
        }
      }, reads: [x, scale, dy] + [added].compactMap { $0 }, writes: [dx])
    return true
  }
}

extension PlanBuilder {
  /// Returns what the gradients of a channel scale are computed from: x and dy, and the scale, a pixel for each clip.
  fileprivate func scaledByChannel(
    _ node: Graph.Node
  ) -> (layout: ChannelsLast, pixel: ChannelsLast, x: Location, scale: Location, dy: Location)? {
    guard let layout = channelsLast(node.inputs[0])?.floats, let pixel = channelsLast(node.inputs[1])?.floats else {
      return nil
    }
    return (
      layout, pixel, pixels(node.inputs[0], layout), pixels(node.inputs[1], pixel), pixels(node.inputs[2], layout)
    )
  }
}
