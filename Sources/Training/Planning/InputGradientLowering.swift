import Graph
import Kernels
import Runtime

extension PlanBuilder {
  /// The gradient of a convolution's input.
  func lower(_ operation: Operations.ConvolutionInputGradient, _ node: Graph.Node) -> Bool {
    guard let input = channelsLast(node.results[0])?.floats, let output = channelsLast(node.inputs[0])?.floats else {
      return false
    }
    let window = operation.window.threeDimensional
    if operation.groups == 1, window.isPointwise {
      addPointwise(node, input, output, stride: window.stride)
    } else if operation.groups == input.channels, operation.groups == output.channels,
      let kernel = DepthwiseInputGradientKernel(
        kernels: floatKernels, channels: input.channels, window: window, inputSize: input.size)
    {
      addDepthwise(kernel, node, input, output)
    } else {
      addPatches(node, input, output, window, groups: operation.groups)
    }
    return true
  }

  /// The gradient of a linear map's input.
  func lower(_ operation: Operations.LinearInputGradient, _ node: Graph.Node) -> Bool {
    guard let input = channelsLast(node.results[0])?.floats, let output = channelsLast(node.inputs[0])?.floats,
      input.pixels == 1
    else { return false }
    addPointwise(node, input, output, stride: [1, 1, 1])
    return true
  }

  /// A product with the transposed weights; with a stride at the places where outputs are, and zeros between.
  private func addPointwise(_ node: Graph.Node, _ input: ChannelsLast, _ output: ChannelsLast, stride: [Int]) {
    let kernel = PointwiseKernel(kernels: floatKernels, inputs: output.channels, outputs: input.channels)
    let weight = plain(node.inputs[1])
    let packed = newPlace(byteCount: kernel.packedBytes)
    append(
      WorkStep("pack_transposed", isSerial: true) { memory in
        kernel.pack(transposed: memory.floats(weight), into: memory.write(packed))
      }, converting: node.inputs[1], reads: [weight], writes: [packed])
    let dy = pixels(node.inputs[0], output)
    let residual = node.inputs.count == 3 ? pixels(node.inputs[2], input) : nil
    let hasStride = stride != [1, 1, 1]
    let dense: Location
    if hasStride {
      dense = newPlace(byteCount: output.allPixels * input.paddedChannels * MemoryLayout<Float>.size)
    } else if let residual, owns(node.inputs[2], at: residual) {
      dense = residual
      alias(node.results[0], .channelsLast(input), at: dense)
    } else {
      dense = newPixels(node.results[0], input)
    }
    append(
      WorkStep(kernel.name) { memory in
        let run = memory.share(of: output.allPixels)
        kernel.run(
          packed: memory.read(packed), input: memory.floats(dy) + run.lowerBound * output.paddedChannels,
          count: run.count, residual: residual.map { memory.floats($0) + run.lowerBound * input.paddedChannels },
          output: memory.writeFloats(dense) + run.lowerBound * input.paddedChannels)
      }, reads: [packed, dy] + [residual].compactMap { $0 }, writes: [dense])
    guard hasStride else { return }
    let scatter = StridedPixelsKernel(
      kernels: floatKernels, channels: input.channels, stride: stride, imageSize: input.size)
    let dx = newPixels(node.results[0], input)
    append(
      WorkStep(scatter.name) { memory in
        let rows = memory.share(of: input.height)
        for n in 0..<input.images {
          scatter.scatter(
            pixels: memory.floats(dense) + n * output.pixels * input.paddedChannels,
            image: memory.writeFloats(dx) + n * input.imageFloats, rows: rows)
        }
      }, reads: [dense], writes: [dx])
  }

  private func addDepthwise(
    _ kernel: DepthwiseInputGradientKernel, _ node: Graph.Node, _ input: ChannelsLast, _ output: ChannelsLast
  ) {
    let weight = plain(node.inputs[1])
    let packed = newPlace(byteCount: kernel.packedBytes)
    append(
      WorkStep("pack_mirrored", isSerial: true, scratchBytes: kernel.packScratchCount * MemoryLayout<Float>.size) {
        memory in
        kernel.pack(weight: memory.floats(weight), into: memory.write(packed), scratch: memory.ownFloats)
      }, converting: node.inputs[1], reads: [weight], writes: [packed])
    addRows(kernel.name, node, packed, input, output, scratchCount: kernel.scratchCount) {
      kernel.run(packed: $0, dy: $1, dx: $2, rows: $3, scratch: $4)
    }
  }

  private func addPatches(
    _ node: Graph.Node, _ input: ChannelsLast, _ output: ChannelsLast, _ window: Window, groups: Int
  ) {
    let kernel = ConvolutionInputGradientKernel(
      kernels: floatKernels, inputs: input.channels, outputs: output.channels, groups: groups, window: window,
      inputSize: input.size)
    let weight = plain(node.inputs[1])
    let packed = newPlace(byteCount: kernel.packedBytes)
    append(
      WorkStep("pack_patches", isSerial: true) { memory in
        kernel.pack(weight: memory.floats(weight), into: memory.write(packed))
      }, converting: node.inputs[1], reads: [weight], writes: [packed])
    addRows(kernel.name, node, packed, input, output, scratchCount: kernel.scratchCount) {
      kernel.run(packed: $0, dy: $1, dx: $2, rows: $3, scratch: $4)
    }
  }

  /// Adds the step that makes the gradient by rows of each image: from packed weights and dy, with memory of a worker's own.
  private func addRows(
    _ name: String, _ node: Graph.Node, _ packed: Location, _ input: ChannelsLast, _ output: ChannelsLast,
    scratchCount: Int,
    _ run:
      @escaping @Sendable (
        UnsafeRawPointer, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Range<Int>, UnsafeMutablePointer<Float>
      ) -> Void
  ) {
    let dy = pixels(node.inputs[0], output)
    let dx = newPixels(node.results[0], input)
    append(
      WorkStep(name, scratchBytes: scratchCount * MemoryLayout<Float>.size) { memory in
        let rows = memory.share(of: input.height)
        for n in 0..<input.images {
          run(
            memory.read(packed), memory.floats(dy) + n * output.imageFloats,
            memory.writeFloats(dx) + n * input.imageFloats, rows, memory.ownFloats)
        }
      }, reads: [packed, dy], writes: [dx])
  }
}
