import CPU
import IR

extension Operations.ConvolutionInputGradient: CPUOperation {
  /// Lowers the gradient of a convolution's input.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    guard let input = builder.channelsLast(node.results[0])?.floats,
      let output = builder.channelsLast(node.inputs[0])?.floats
    else {
      return false
    }
    let window = self.window.threeDimensional
    if groups == 1, window.isPointwise {
      builder.addPointwise(node, input, output, stride: window.stride)
    } else if groups == input.channels, groups == output.channels,
      let kernel = DepthwiseInputGradientKernel(
        kernels: builder.floatKernels, channels: input.channels, window: window, inputSize: input.size)
    {
      builder.addDepthwise(kernel, node, input, output)
    } else {
      builder.addPatches(node, input, output, window, groups: groups)
    }
    return true
  }
}

extension Operations.LinearInputGradient: CPUOperation {
  /// Lowers the gradient of a linear map's input.
  package func lower(_ node: Graph.Node, for storage: Storage, _ builder: PlanBuilder) -> Bool {
    guard let input = builder.channelsLast(node.results[0])?.floats,
      let output = builder.channelsLast(node.inputs[0])?.floats,
      input.pixels == 1
    else { return false }
    builder.addPointwise(node, input, output, stride: [1, 1, 1])
    return true
  }
}

extension PlanBuilder {
  /// Adds a product with the transposed weights, to which another gradient may be added.
  fileprivate func addPointwise(_ node: Graph.Node, _ input: ChannelsLast, _ output: ChannelsLast, stride: [Int]) {
    let kernel = PointwiseKernel(kernels: floatKernels, inputs: output.channels, outputs: input.channels)
    let weight = plain(node.inputs[1])
    let packed = newPlace(byteCount: kernel.packedBytes)
    append(
      WorkStep("pack_transposed", isSerial: true, isMovable: true) { memory in
        kernel.pack(transposed: memory.floats(weight), into: memory.write(packed))
      }, converting: node.inputs[1], reads: [weight], writes: [packed])
    let dy = pixels(node.inputs[0], output)
    let added = node.inputs.count == 3 ? pixels(node.inputs[2], input) : nil
    let isInPlace = added.map { owns(node.inputs[2], at: $0) } ?? false
    let dx = isInPlace ? added ?? dy : newPixels(node.results[0], input)
    if isInPlace { alias(node.results[0], .channelsLast(input), at: dx) }
    guard stride == [1, 1, 1] else {
      addStrided(kernel, packed, input, output, stride, dy: dy, added: isInPlace ? dx : added, dx: dx)
      return
    }
    append(
      PixelWork(kernel.name, pixels: output.allPixels, scratchBytes: kernel.scratchBytes) { memory, run in
        kernel.run(
          packed: memory.read(packed), input: memory.floats(dy) + run.lowerBound * output.paddedChannels,
          count: run.count, residual: added.map { memory.floats($0) + run.lowerBound * input.paddedChannels },
          output: memory.writeFloats(dx) + run.lowerBound * input.paddedChannels, scratch: memory.own, isFar: true)
      }, reads: [packed, dy] + [added].compactMap { $0 }, writes: [dx])
  }

  /// Adds the same with a stride: rows of products are added at their places, in an image of zeros or of what is added.
  fileprivate func addStrided(
    _ kernel: PointwiseKernel, _ packed: Location, _ input: ChannelsLast, _ output: ChannelsLast, _ stride: [Int],
    dy: Location, added: Location?, dx: Location
  ) {
    let pixel = input.paddedChannels
    append(
      RowWork("\(kernel.name)_strided", input, scratchBytes: kernel.scratchBytes) { memory, n, rows in
        let image = memory.writeFloats(dx) + n * input.imageFloats
        let (first, count) = (rows.lowerBound * input.rowStride, rows.count * input.rowStride)
        if let added {
          let source = memory.floats(added) + n * input.imageFloats + first
          if source != image + first { (image + first).update(from: source, count: count) }
        } else {
          (image + first).update(repeating: 0, count: count)
        }
        for h in rows where h % stride[1] == 0 {
          for t in 0..<output.frames {
            let line = image + ((h * input.frames) + t * stride[0]) * input.width * pixel
            let from = n * output.pixels + (h / stride[1] * output.frames + t) * output.width
            kernel.run(
              packed: memory.read(packed), input: memory.floats(dy) + from * output.paddedChannels,
              count: output.width, residual: line, output: line, outputStride: stride[2] * pixel, scratch: memory.own,
              isFar: true)
          }
        }
      }, reads: [packed, dy] + (added == dx ? [] : [added].compactMap { $0 }), writes: [dx])
  }

  fileprivate func addDepthwise(
    _ kernel: DepthwiseInputGradientKernel, _ node: Graph.Node, _ input: ChannelsLast, _ output: ChannelsLast
  ) {
    let weight = plain(node.inputs[1])
    let packed = newPlace(byteCount: kernel.packedBytes)
    append(
      WorkStep(
        "pack_mirrored", isSerial: true, isMovable: true,
        scratchBytes: kernel.packScratchCount * MemoryLayout<Float>.size
      ) { memory in
        kernel.pack(weight: memory.floats(weight), into: memory.write(packed), scratch: memory.ownFloats)
      }, converting: node.inputs[1], reads: [weight], writes: [packed])
    addRows(kernel.name, node, packed, input, output, scratchCount: kernel.scratchCount) {
      kernel.run(packed: $0, dy: $1, dx: $2, rows: $3, scratch: $4)
    }
  }

  fileprivate func addPatches(
    _ node: Graph.Node, _ input: ChannelsLast, _ output: ChannelsLast, _ window: Window, groups: Int
  ) {
    let kernel = ConvolutionInputGradientKernel(
      kernels: floatKernels, inputs: input.channels, outputs: output.channels, groups: groups, window: window,
      inputSize: input.size)
    let weight = plain(node.inputs[1])
    let packed = newPlace(byteCount: kernel.packedBytes)
    append(
      WorkStep("pack_patches", isSerial: true, isMovable: true) { memory in
        kernel.pack(weight: memory.floats(weight), into: memory.write(packed))
      }, converting: node.inputs[1], reads: [weight], writes: [packed])
    addRows(kernel.name, node, packed, input, output, scratchCount: kernel.scratchCount) {
      kernel.run(packed: $0, dy: $1, dx: $2, rows: $3, scratch: $4)
    }
  }

  /// Adds the step that computes the gradient by rows of each image, from packed weights and dy, in each worker's own
  /// memory.
  fileprivate func addRows(
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
      RowWork(name, input, scratchBytes: scratchCount * MemoryLayout<Float>.size) { memory, n, rows in
        run(
          memory.read(packed), memory.floats(dy) + n * output.imageFloats,
          memory.writeFloats(dx) + n * input.imageFloats, rows, memory.ownFloats)
      }, reads: [packed, dy], writes: [dx])
  }
}
