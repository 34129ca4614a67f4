import CPU
import IR

/// Rows of the depthwise family, and of what passes over whole values: pooling, means, sums of two values.
func depthwiseRows(_ network: X3DShapes, kernels: KernelSet) -> [BenchmarkRow] {
  let maker = DepthwiseRowMaker(kernels: kernels, frames: network.frames, memory: SharedMemory(kernels))
  let temporal = Window(kernel: [5, 1, 1], padding: [2, 0, 0])
  let cube = Window(kernel: [3, 3, 3], padding: [1, 1, 1])
  let halving = Window(kernel: [3, 3, 3], stride: [1, 2, 2], padding: [1, 1, 1])
  var rows = [false, true].map {
    maker.depthwise("stem", 24, side: network.stemSide, window: temporal, activation: .relu, byRows: $0)
  }
  for stage in network.stages {
    for byRows in [false, true] {
      rows += [
        maker.depthwise("\(stage.name).0", stage.middle, side: stage.sideBefore, window: halving, byRows: byRows),
        maker.depthwise(stage.name, stage.middle, side: stage.side, window: cube, pools: true, byRows: byRows),
      ]
    }
    rows += [
      maker.depthwise("\(stage.name) swish", stage.middle, side: stage.side, window: cube, activation: .swish),
      maker.activation("\(stage.name)", stage.middle, side: stage.side),
      maker.sum("\(stage.name)", stage.outputs, side: stage.side),
    ]
  }
  if let last = network.stages.last {
    rows += [maker.pool("head", last.middle, side: last.side), maker.mean("head", last.middle, side: last.side)]
  }
  rows.append(maker.softmax("classes", 400))
  return rows + StreamedWindow.all(network).map { maker.depthwise($0) }
}

/// Prepares kernels with made-up weights.
private struct DepthwiseRowMaker {
  let kernels: KernelSet
  let frames: Int
  let memory: SharedMemory

  private var elementSize: Double { Double(kernels.elementSize) }

  /// A layer of a streaming step. With smaller outputs a step keeps sums (`TemporalSums`): each of the window's frames is a
  /// convolution of the newest frame.
  func depthwise(_ layer: StreamedWindow) -> BenchmarkRow {
    var layer = layer
    if layer.window.stride[1] > 1 {
      layer.size[0] = 1
      layer.window.kernel[0] = 1
    }
    return depthwise("\(layer.name) step", layer.channels, size: layer.size, window: layer.window)
  }

  /// By rows, from a ring of input rows to one output row, is how a plan fuses a layer with those before and after it.
  func depthwise(
    _ name: String, _ channels: Int, side: Int, window: Window, activation: ActivationFunction? = nil,
    pools: Bool = false, byRows: Bool = false
  ) -> BenchmarkRow {
    depthwise(
      name, channels, size: [frames, side, side], window: window, activation: activation, pools: pools, byRows: byRows)
  }

  private func depthwise(
    _ name: String, _ channels: Int, size: [Int], window: Window, activation: ActivationFunction? = nil,
    pools: Bool = false, byRows: Bool = false
  ) -> BenchmarkRow {
    let kernel = DepthwiseKernel(
      kernels: kernels, channels: channels, window: window, inputSize: size, activation: activation)
    let outputs = kernel.outputSize.reduce(1, *)
    // Taps in the padding are not work.
    let taps = (0..<3).map { axis in
      (0..<kernel.outputSize[axis]).reduce(0) { sum, output in
        let first = output * window.stride[axis] - window.paddingBefore[axis]
        return sum + (first..<first + window.kernel[axis]).clamped(to: 0..<size[axis]).count
      }
    }
    let packed = memory.bytes("packed \(name)", kernel.packedBytes)
    let input = memory.elements("input", size.reduce(1, *) * kernel.pixelCount)
    let output = memory.elements("output", outputs * kernel.pixelCount)
    let pool = pools ? memory.floats("pool", kernel.pixelCount) : nil
    let inputRing = ImageRows(
      count: window.kernel[1] - 1 + window.stride[1], stride: size[0] * size[2] * kernel.pixelCount)
    let outputRing = ImageRows(count: 1, stride: kernel.outputSize[0] * kernel.outputSize[2] * kernel.pixelCount)
    let shape = "\(channels) ×\(size[0])×\(size[1])²→\(kernel.outputSize[2])²"
    return BenchmarkRow(
      kernel: kernel.name, layer: "\(name) \(shape)\(byRows ? " by rows" : "")",
      operations: 2 * Double(channels * taps.reduce(1, *)),
      bytes: elementSize * Double(channels * (size.reduce(1, *) + outputs + window.kernel.reduce(1, *)))
    ) {
      kernel.run(
        packed: packed, input: input, inputRows: byRows ? inputRing : nil, output: output,
        outputRows: byRows ? outputRing : nil, pool: pool, rows: 0..<kernel.outputSize[1])
    }
  }

  func activation(_ name: String, _ channels: Int, side: Int) -> BenchmarkRow {
    let kernel = ElementwiseKernel(kernels: kernels)
    let count = frames * side * side * kernels.padded(channels)
    let input = memory.elements("input", count)
    let output = memory.elements("output", count)
    return elementwise(kernel.activationName, "\(name) swish", channels, side: side, values: 2) {
      kernel.activate(.swish, input: input, output: output, count: count)
    }
  }

  func sum(_ name: String, _ channels: Int, side: Int) -> BenchmarkRow {
    let kernel = ElementwiseKernel(kernels: kernels)
    let count = frames * side * side * kernels.padded(channels)
    let input = memory.elements("input", count)
    let output = memory.elements("output", count)
    return elementwise(kernel.binaryName, "\(name) add, relu", channels, side: side, values: 3) {
      kernel.combine(.add, output, .same(input), activation: .relu, output: output, count: count)
    }
  }

  /// The head's pooling, one window over everything.
  func pool(_ name: String, _ channels: Int, side: Int) -> BenchmarkRow {
    let size = [frames, side, side]
    let kernel = PoolingKernel(
      kernels: kernels, .average, channels: channels, window: Window(kernel: size), inputSize: size,
      outputSize: [1, 1, 1],
      countsPadding: false)
    let input = memory.elements("input", size.reduce(1, *) * kernels.padded(channels))
    let output = memory.elements("output", kernels.padded(channels))
    return elementwise(kernel.name, name, channels, side: side, values: 1) {
      kernel.run(input: input, output: output, rows: 0..<1)
    }
  }

  func mean(_ name: String, _ channels: Int, side: Int) -> BenchmarkRow {
    let kernel = MeanKernel(kernels: kernels, channels: channels)
    let pixels = frames * side * side
    let input = memory.elements("input", pixels * kernels.padded(channels))
    let part = memory.floats("pool", kernel.partCount)
    return elementwise(kernel.name, name, channels, side: side, values: 1) {
      kernel.add(pixels: input, count: pixels, to: part)
    }
  }

  func softmax(_ name: String, _ count: Int) -> BenchmarkRow {
    let kernel = SoftmaxKernel(kernels: kernels, count: count)
    let input = memory.elements("input", count)
    let output = memory.elements("output", count)
    return BenchmarkRow(
      kernel: kernel.name, layer: "\(name) \(count)", operations: Double(count), bytes: 2 * elementSize * Double(count)
    ) {
      kernel.run(input: input, output: output, stride: count, rows: 0..<1)
    }
  }

  /// A row of a kernel that does one operation per element and passes over some values of that size.
  private func elementwise(
    _ kernel: String, _ name: String, _ channels: Int, side: Int, values: Int, run: @escaping () -> Void
  ) -> BenchmarkRow {
    let count = Double(frames * side * side * channels)
    return BenchmarkRow(
      kernel: kernel, layer: "\(name) \(channels) ×\(frames)×\(side)²", operations: count,
      bytes: elementSize * Double(values) * count, run: run)
  }
}
