import CPU
import IR

extension Operations.ActivationGradient: CPUOperation {
  /// Lowers the gradient of an activation, element by element.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    guard let layout = builder.channelsLast(node.inputs[0])?.floats else { return false }
    let kernel = ElementwiseGradientKernel(kernels: builder.floatKernels)
    let (x, dy) = (builder.pixels(node.inputs[0], layout), builder.pixels(node.inputs[1], layout))
    let isLast = builder.owns(node.inputs[1], at: dy)
    let dx = isLast ? dy : builder.newPixels(node.results[0], layout)
    if isLast { builder.alias(node.results[0], .channelsLast(layout), at: dx) }
    builder.append(
      PixelWork(kernel.activationName, pixels: layout.allPixels) { memory, run in
        let first = run.lowerBound * layout.paddedChannels
        kernel.activation(
          function, x: memory.floats(x) + first, dy: memory.floats(dy) + first, dx: memory.writeFloats(dx) + first,
          count: run.count * layout.paddedChannels)
      }, reads: [x, dy], writes: [dx])
    return true
  }
}

extension Operations.ScaledExpand: CPUOperation {
  /// Lowers the repetition of a number for each clip and channel at all positions.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    builder.addRepetition(node.inputs[0], factor: factor, node.results[0])
  }
}

extension Operations.PoolGradient: CPUOperation {
  /// Lowers the gradient of an average over all positions.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    guard let layout = builder.channelsLast(node.inputs[0])?.floats, averages(positions: layout.pixels) else {
      return false
    }
    return builder.addRepetition(node.inputs[1], factor: 1 / Float(layout.pixels), node.results[0])
  }
}

extension PlanBuilder {
  fileprivate func addRepetition(_ pixel: Graph.ValueID, factor: Float, _ result: Graph.ValueID) -> Bool {
    guard let source = channelsLast(pixel)?.floats, let layout = channelsLast(result)?.floats,
      source.pixels == 1, source.images == layout.images, source.channels == layout.channels
    else { return false }
    let kernel = ElementwiseGradientKernel(kernels: floatKernels)
    let x = pixels(pixel, source)
    let y = newPixels(result, layout)
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
