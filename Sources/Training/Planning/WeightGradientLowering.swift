import Graph
import Kernels
import Runtime

extension PlanBuilder {
  /// The gradient of a convolution's weight: sums in each worker's own memory, which are then added up.
  func lower(_ operation: Operations.ConvolutionWeightGradient, _ node: Graph.Node) -> Bool {
    guard let input = channelsLast(node.inputs[0])?.floats, let output = channelsLast(node.inputs[1])?.floats else {
      return false
    }
    let window = operation.window.threeDimensional
    if operation.groups == 1, window.isPointwise {
      addProductGradient(node, input, output, stride: window.stride)
    } else if operation.groups == input.channels, operation.groups == output.channels {
      addDepthwiseGradient(node, input, output, window)
    } else {
      addPatchGradient(node, input, output, window, groups: operation.groups)
    }
    return true
  }

  /// The gradient of a linear map's weight.
  func lower(_ operation: Operations.LinearWeightGradient, _ node: Graph.Node) -> Bool {
    guard let input = channelsLast(node.inputs[0])?.floats, let output = channelsLast(node.inputs[1])?.floats,
      input.pixels == 1
    else { return false }
    addProductGradient(node, input, output, stride: [1, 1, 1])
    return true
  }

  private func addProductGradient(
    _ node: Graph.Node, _ input: ChannelsLast, _ output: ChannelsLast, stride: [Int]
  ) {
    let kernel = ProductWeightGradientKernel(
      kernels: floatKernels, inputs: input.channels, outputs: output.channels)
    let dy = pixels(node.inputs[1], output)
    var x = pixels(node.inputs[0], input)
    if stride != [1, 1, 1] { x = gathered(x, input, stride: stride, output) }
    let source = x
    append(
      WorkStep(kernel.name, scratchBytes: kernel.partCount * MemoryLayout<Float>.size) { memory in
        let run = memory.share(of: output.allPixels)
        kernel.run(
          x: memory.floats(source) + run.lowerBound * input.paddedChannels,
          dy: memory.floats(dy) + run.lowerBound * output.paddedChannels, count: run.count, part: memory.ownFloats)
      }, reads: [source, dy], writes: [])
    let gradient = newPlain(node.results[0])
    append(
      WorkStep("\(kernel.name)_parts") { memory in
        let parts = memory.parts(of: Float.self)
        kernel.combine(
          parts: parts.first, stride: parts.stride, count: memory.workers, into: memory.writeFloats(gradient),
          rows: memory.share(of: kernel.rowCount))
      }, reads: [], writes: [gradient])
  }

  /// The pixels that a convolution of one tap with a stride reads, side by side.
  private func gathered(
    _ x: Location, _ input: ChannelsLast, stride: [Int], _ output: ChannelsLast
  ) -> Location {
    let kernel = StridedPixelsKernel(
      kernels: floatKernels, channels: input.channels, stride: stride, imageSize: input.size)
    let imageFloats = output.pixels * input.paddedChannels
    let place = newPlace(byteCount: output.images * imageFloats * MemoryLayout<Float>.size)
    append(
      WorkStep(kernel.name) { memory in
        let rows = memory.share(of: output.height)
        for n in 0..<output.images {
          kernel.gather(
            image: memory.floats(x) + n * input.imageFloats, rows: rows,
            into: memory.writeFloats(place) + n * imageFloats + rows.lowerBound * output.rowPixels
              * input.paddedChannels)
        }
      }, reads: [x], writes: [place])
    return place
  }

  private func addDepthwiseGradient(
    _ node: Graph.Node, _ input: ChannelsLast, _ output: ChannelsLast, _ window: Window
  ) {
    let kernel = DepthwiseWeightGradientKernel(
      kernels: floatKernels, channels: input.channels, window: window, inputSize: input.size)
    let (x, dy) = (pixels(node.inputs[0], input), pixels(node.inputs[1], output))
    append(
      WorkStep(kernel.name, scratchBytes: kernel.partCount * MemoryLayout<Float>.size) { memory in
        memory.ownFloats.update(repeating: 0, count: kernel.partCount)
        let rows = memory.share(of: output.height)
        for n in 0..<output.images {
          kernel.run(
            x: memory.floats(x) + n * input.imageFloats, dy: memory.floats(dy) + n * output.imageFloats, rows: rows,
            part: memory.ownFloats)
        }
      }, reads: [x, dy], writes: [])
    addCombination(node, kernel.name) { parts, stride, count, gradient in
      kernel.combine(parts: parts, stride: stride, count: count, into: gradient)
    }
  }

  private func addPatchGradient(
    _ node: Graph.Node, _ input: ChannelsLast, _ output: ChannelsLast, _ window: Window, groups: Int
  ) {
    let kernel = ConvolutionWeightGradientKernel(
      kernels: floatKernels, inputs: input.channels, outputs: output.channels, groups: groups, window: window,
      inputSize: input.size)
    let (x, dy) = (pixels(node.inputs[0], input), pixels(node.inputs[1], output))
    let floats = kernel.partCount + kernel.scratchCount
    append(
      WorkStep(kernel.name, scratchBytes: floats * MemoryLayout<Float>.size) { memory in
        memory.ownFloats.update(repeating: 0, count: kernel.partCount)
        let rows = memory.share(of: output.height)
        for n in 0..<output.images {
          kernel.run(
            x: memory.floats(x) + n * input.imageFloats, dy: memory.floats(dy) + n * output.imageFloats, rows: rows,
            part: memory.ownFloats, scratch: memory.ownFloats + kernel.partCount)
        }
      }, reads: [x, dy], writes: [])
    addCombination(node, kernel.name) { parts, stride, count, gradient in
      kernel.combine(parts: parts, stride: stride, count: count, into: gradient)
    }
  }

  private func addCombination(
    _ node: Graph.Node, _ name: String,
    _ combine: @escaping @Sendable (UnsafePointer<Float>, Int, Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let gradient = newPlain(node.results[0])
    append(
      WorkStep("\(name)_parts", isSerial: true) { memory in
        let parts = memory.parts(of: Float.self)
        combine(parts.first, parts.stride, memory.workers, memory.writeFloats(gradient))
      }, reads: [], writes: [gradient])
  }
}
