import CPU
import IR

extension Operations.SumTo: CPUOperation {
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    return lowerClipSums(node, builder) || lowerChannelSums(node, builder)
  }

  /// Lowers sums over all positions of each clip.
  private func lowerClipSums(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    guard let layout = builder.channelsLast(node.inputs[0])?.floats else { return false }
    guard let target = builder.channelsLast(node.results[0])?.floats,
      target.pixels == 1, target.images == layout.images, target.channels == layout.channels, layout.pixels > 1
    else { return false }
    let kernel = MeanKernel(kernels: builder.floatKernels, channels: layout.channels)
    let x = builder.pixels(node.inputs[0], layout)
    let sums = builder.newPixels(node.results[0], target)
    builder.append(
      WorkStep(kernel.name, scratchBytes: kernel.partCount * MemoryLayout<Float>.size) { memory in
        for n in memory.share(of: layout.images) {
          memory.ownFloats.update(repeating: 0, count: kernel.partCount)
          kernel.add(pixels: memory.floats(x) + n * layout.imageFloats, count: layout.pixels, to: memory.ownFloats)
          let own = memory.writeFloats(sums) + n * target.paddedChannels
          for channel in 0..<layout.channels { own[channel] = memory.ownFloats[channel] * factor }
        }
      }, reads: [x], writes: [sums])
    return true
  }

  /// Lowers the sum of each channel over all clips and positions, as for gradients of biases: in parts, which are added
  /// in order.
  private func lowerChannelSums(_ node: Graph.Node, _ builder: PlanBuilder) -> Bool {
    guard let layout = builder.channelsLast(node.inputs[0])?.floats,
      shape == [layout.channels] + builder.shape(node.inputs[0]).dropFirst(2).map({ _ in 1 })
    else { return false }
    let kernel = SumPixelsKernel(kernels: builder.floatKernels, channels: layout.channels)
    let x = builder.pixels(node.inputs[0], layout)
    let parts = builder.newOwnPlace(byteCount: kernel.sumCount * MemoryLayout<Double>.size)
    builder.append(
      WorkStep(kernel.name) { memory in
        let run = memory.share(of: layout.allPixels)
        let part = memory.write(parts).assumingMemoryBound(to: Double.self)
        part.update(repeating: 0, count: kernel.sumCount)
        kernel.add(x: memory.floats(x) + run.lowerBound * layout.paddedChannels, count: run.count, to: part)
      }, reads: [x], writes: [parts])
    let sums = builder.newPlain(node.results[0])
    builder.append(
      WorkStep("\(kernel.name)_total", isSerial: true) { memory in
        let (first, stride) = memory.parts(at: parts, of: Double.self)
        for channel in 0..<layout.channels {
          let sum = (0..<memory.workers).reduce(0.0) { $0 + first[$1 * stride + channel] }
          memory.writeFloats(sums)[channel] = Float(sum) * factor
        }
      }, reads: [parts], writes: [sums])
    return true
  }
}
