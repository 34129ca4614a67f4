import CPU
import IR

extension Operations.ConvolutionWeightGradient: CPUOperation {
  /// Lowers the gradient of a convolution's weight: sums in each worker's own memory, which are then added.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    guard let input = builder.channelsLast(node.inputs[0])?.floats,
      let output = builder.channelsLast(node.inputs[1])?.floats
    else {
      return false
    }
    let window = self.window.threeDimensional
    if groups == 1, window.isPointwise {
      builder.addProductGradient(node, input, output, stride: window.stride)
    } else if groups == input.channels, groups == output.channels {
      builder.addDepthwiseGradient(node, input, output, window)
    } else {
      builder.addPatchGradient(node, input, output, window, groups: groups)
    }
    return true
  }
}

extension Operations.LinearWeightGradient: CPUOperation {
  /// Lowers the gradient of a linear map's weight.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    guard let input = builder.channelsLast(node.inputs[0])?.floats,
      let output = builder.channelsLast(node.inputs[1])?.floats,
      input.pixels == 1
    else { return false }
    builder.addProductGradient(node, input, output, stride: [1, 1, 1])
    return true
  }
}

extension PlanBuilder {
  fileprivate func addProductGradient(
    _ node: Graph.Node, _ input: ChannelsLast, _ output: ChannelsLast, stride: [Int]
  ) {
    let kernel = ProductWeightGradientKernel(
      kernels: floatKernels, inputs: input.channels, outputs: output.channels)
    let dy = pixels(node.inputs[1], output)
    var x = pixels(node.inputs[0], input)
    if stride != [1, 1, 1] { x = gathered(x, input, stride: stride, output) }
    let source = x
    let partBytes = kernel.partCount * MemoryLayout<Float>.size
    let parts = newOwnPlace(byteCount: partBytes)
    append(
      PixelWork(kernel.name, pixels: output.allPixels, sums: (parts, partBytes)) { memory, run in
        kernel.run(
          x: memory.floats(source) + run.lowerBound * input.paddedChannels,
          dy: memory.floats(dy) + run.lowerBound * output.paddedChannels, count: run.count, adds: true,
          part: memory.writeFloats(parts))
      }, reads: [source, dy], writes: [parts])
    let gradient = newPlain(node.results[0])
    append(
      WorkStep("\(kernel.name)_parts", isMovable: true) { memory in
        let parts = memory.parts(at: parts, of: Float.self)
        kernel.combine(
          parts: parts.first, stride: parts.stride, count: memory.workers, into: memory.writeFloats(gradient),
          rows: memory.share(of: kernel.rowCount))
      }, reads: [parts], writes: [gradient])
  }

  /// Returns the adjacent pixels that a convolution of one tap with a stride reads.
  fileprivate func gathered(
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

  fileprivate func addDepthwiseGradient(
    _ node: Graph.Node, _ input: ChannelsLast, _ output: ChannelsLast, _ window: Window
  ) {
    let kernel = DepthwiseWeightGradientKernel(
      kernels: floatKernels, channels: input.channels, window: window, inputSize: input.size)
    let x = pixels(node.inputs[0], input)
    addRowSums(
      kernel.name, node, x, imageFloats: input.imageFloats, output, partCount: kernel.partCount,
      { x, dy, rows, part, _ in kernel.run(x: x, dy: dy, rows: rows, part: part) },
      { kernel.combine(parts: $0, stride: $1, count: $2, into: $3) })
  }

  fileprivate func addPatchGradient(
    _ node: Graph.Node, _ input: ChannelsLast, _ output: ChannelsLast, _ window: Window, groups: Int
  ) {
    let clipFloats = input.channels * input.pixels
    if groups == 1, isPlain(node.inputs[0]),
      let kernel = StemWeightGradientKernel(
        kernels: floatKernels, inputs: input.channels, outputs: output.channels, window: window, inputSize: input.size)
    {
      addRowSums(
        kernel.name, node, plain(node.inputs[0]), imageFloats: clipFloats, output, partCount: kernel.partCount,
        scratchCount: kernel.scratchCount,
        { kernel.run(clip: $0, dy: $1, rows: $2, part: $3, scratch: $4) },
        { kernel.combine(parts: $0, stride: $1, count: $2, into: $3) })
      return
    }
    let kernel = ConvolutionWeightGradientKernel(
      kernels: floatKernels, inputs: input.channels, outputs: output.channels, groups: groups, window: window,
      inputSize: input.size)
    addRowSums(
      kernel.name, node, pixels(node.inputs[0], input), imageFloats: input.imageFloats, output,
      partCount: kernel.partCount, scratchCount: kernel.scratchCount,
      { kernel.run(x: $0, dy: $1, rows: $2, part: $3, scratch: $4) },
      { kernel.combine(parts: $0, stride: $1, count: $2, into: $3) })
  }

  /// Adds the steps that sum rows of all images, each worker in a part in its own memory, and then add the parts.
  ///
  /// - Parameters:
  ///   - x: The location of the layer's input.
  ///   - imageFloats: The number of floats from one of its images to the next.
  ///   - sum: Adds rows of one image to a part; takes x, dy, the rows, the part and scratch memory.
  ///   - combine: Adds parts; takes the first part, the distance to the next, their number, and the gradient.
  fileprivate func addRowSums(
    _ name: String, _ node: Graph.Node, _ x: Location, imageFloats: Int, _ output: ChannelsLast, partCount: Int,
    scratchCount: Int = 0,
    _ sum:
      @escaping @Sendable (
        UnsafePointer<Float>, UnsafePointer<Float>, Range<Int>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>
      ) -> Void,
    _ combine: @escaping @Sendable (UnsafePointer<Float>, Int, Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let dy = pixels(node.inputs[1], output)
    let parts = newOwnPlace(byteCount: partCount * MemoryLayout<Float>.size)
    append(
      WorkStep(name, isMovable: true, scratchBytes: scratchCount * MemoryLayout<Float>.size) { memory in
        memory.writeFloats(parts).update(repeating: 0, count: partCount)
        let rows = memory.share(of: output.height)
        for n in 0..<output.images {
          sum(
            memory.floats(x) + n * imageFloats, memory.floats(dy) + n * output.imageFloats, rows,
            memory.writeFloats(parts), memory.ownFloats)
        }
      }, reads: [x, dy], writes: [parts])
    let gradient = newPlain(node.results[0])
    append(
      WorkStep("\(name)_parts", isSerial: true, isMovable: true) { memory in
        let parts = memory.parts(at: parts, of: Float.self)
        combine(parts.first, parts.stride, memory.workers, memory.writeFloats(gradient))
      }, reads: [parts], writes: [gradient])
  }
}
