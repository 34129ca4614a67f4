import Graph
import Kernels
import Runtime

extension PlanBuilder {
  /// Each channel of a clip times its number, and the activation.
  func lower(_ operation: Operations.Modulation, _ node: Graph.Node) -> Bool {
    guard let layout = channelsLast(node.inputs[0])?.floats, let pixel = channelsLast(node.inputs[1])?.floats else {
      return false
    }
    let kernel = ElementwiseKernel(kernels: floatKernels)
    let (x, scale) = (pixels(node.inputs[0], layout), pixels(node.inputs[1], pixel))
    let y = newPixels(node.results[0], layout)
    let activation = operation.activation
    append(
      WorkStep(kernel.binaryName) { memory in
        memory.forEachClip(of: layout) { n, run in
          let first = run.lowerBound * layout.paddedChannels
          kernel.combine(
            .multiply, memory.floats(x) + first,
            .pixel(memory.floats(scale) + n * layout.paddedChannels, count: layout.paddedChannels),
            activation: activation, output: memory.writeFloats(y) + first, count: run.count * layout.paddedChannels)
        }
      }, reads: [x, scale], writes: [y])
    return true
  }

  /// The sums that a modulation's scale has as its gradient: each worker takes clips.
  func lower(_ operation: Operations.ModulationScaleGradient, _ node: Graph.Node) -> Bool {
    guard let layout = channelsLast(node.inputs[0])?.floats, let pixel = channelsLast(node.inputs[1])?.floats else {
      return false
    }
    let kernel = ScaleGradientKernel(
      kernels: floatKernels, channels: layout.channels, activation: operation.activation)
    let (x, scale) = (pixels(node.inputs[0], layout), pixels(node.inputs[1], pixel))
    let dy = pixels(node.inputs[2], layout)
    let sums = newPixels(node.results[0], pixel)
    append(
      WorkStep("\(kernel.name)_sums", scratchBytes: kernel.partCount * MemoryLayout<Double>.size) { memory in
        let part = memory.own.assumingMemoryBound(to: Double.self)
        for n in memory.share(of: layout.images) {
          part.update(repeating: 0, count: kernel.partCount)
          kernel.run(
            x: memory.floats(x) + n * layout.imageFloats, dy: memory.floats(dy) + n * layout.imageFloats,
            scale: memory.floats(scale) + n * layout.paddedChannels, dx: nil, part: part, count: layout.pixels)
          kernel.combine(parts: part, count: 1, into: memory.writeFloats(sums) + n * layout.paddedChannels)
        }
      }, reads: [x, scale, dy], writes: [sums])
    return true
  }

  /// The gradient of what is modulated, and a number for each clip and channel.
  func lower(_ operation: Operations.ModulationGradient, _ node: Graph.Node) -> Bool {
    guard let layout = channelsLast(node.inputs[0])?.floats, let pixel = channelsLast(node.inputs[1])?.floats else {
      return false
    }
    let kernel = ScaleGradientKernel(
      kernels: floatKernels, channels: layout.channels, activation: operation.activation)
    let (x, scale) = (pixels(node.inputs[0], layout), pixels(node.inputs[1], pixel))
    let dy = pixels(node.inputs[2], layout)
    let added = node.inputs.count == 4 ? pixels(node.inputs[3], pixel) : nil
    let isLast = owns(node.inputs[2], at: dy)
    let dx = isLast ? dy : newPixels(node.results[0], layout)
    if isLast { alias(node.results[0], .channelsLast(layout), at: dx) }
    let factor = operation.factor
    append(
      WorkStep(kernel.name, scratchBytes: layout.paddedChannels * MemoryLayout<Float>.size) { memory in
        memory.forEachClip(of: layout) { n, run in
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
