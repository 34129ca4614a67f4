import Graph
import Kernels
import Runtime

extension PlanBuilder {
  /// The gradient of an activation, element by element.
  func lower(_ operation: Operations.ActivationGradient, _ node: Graph.Node) -> Bool {
    guard let layout = channelsLast(node.inputs[0])?.floats else { return false }
    let kernel = ElementwiseGradientKernel(kernels: floatKernels)
    let (x, dy) = (pixels(node.inputs[0], layout), pixels(node.inputs[1], layout))
    let dx = newPixels(node.results[0], layout)
    let function = operation.function
    append(
      WorkStep(kernel.activationName) { memory in
        let run = memory.share(of: layout.allPixels)
        let first = run.lowerBound * layout.paddedChannels
        kernel.activation(
          function, x: memory.floats(x) + first, dy: memory.floats(dy) + first, dx: memory.writeFloats(dx) + first,
          count: run.count * layout.paddedChannels)
      }, reads: [x, dy], writes: [dx])
    return true
  }

  /// Sums over all positions of each clip: workers share the clips.
  func lower(_ operation: Operations.SumTo, _ node: Graph.Node) -> Bool {
    guard let layout = channelsLast(node.inputs[0])?.floats, let target = channelsLast(node.results[0])?.floats,
      target.pixels == 1, target.images == layout.images, target.channels == layout.channels, layout.pixels > 1
    else { return false }
    let kernel = MeanKernel(kernels: floatKernels, channels: layout.channels)
    let x = pixels(node.inputs[0], layout)
    let sums = newPixels(node.results[0], target)
    let factor = operation.factor
    append(
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

  /// A number for each clip and channel, repeated at all positions.
  func lower(_ operation: Operations.Expand, _ node: Graph.Node) -> Bool {
    guard let source = channelsLast(node.inputs[0])?.floats, let layout = channelsLast(node.results[0])?.floats,
      source.pixels == 1, source.images == layout.images, source.channels == layout.channels
    else { return false }
    let kernel = ElementwiseGradientKernel(kernels: floatKernels)
    let x = pixels(node.inputs[0], source)
    let y = newPixels(node.results[0], layout)
    let factor = operation.factor
    append(
      WorkStep(kernel.repeatName) { memory in
        let run = memory.share(of: layout.pixels)
        for n in 0..<layout.images {
          kernel.repeated(
            pixel: memory.floats(x) + n * source.paddedChannels, channels: layout.channels, factor: factor,
            to: memory.writeFloats(y) + (n * layout.pixels + run.lowerBound) * layout.paddedChannels, count: run.count)
        }
      }, reads: [x], writes: [y])
    return true
  }
}
