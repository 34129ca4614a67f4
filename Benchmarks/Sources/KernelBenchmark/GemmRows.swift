import CPU
import IR

/// Rows of the matrix-product family: pointwise, stem, linear, squeeze-excite and a dense convolution.
func gemmRows(_ network: X3DShapes, kernels: KernelSet) -> [BenchmarkRow] {
  let maker = GemmRowMaker(kernels: kernels, frames: network.frames, memory: SharedMemory(kernels))
  var rows = [maker.stem(side: network.side, rowByRow: false), maker.stem(side: network.side, rowByRow: true)]
  for stage in network.stages {
    let before = network.frames * stage.sideBefore * stage.sideBefore
    let pixels = network.frames * stage.side * stage.side
    rows += [
      maker.pointwise("\(stage.name).0 expand", stage.inputs, stage.middle, pixels: before, activation: .relu),
      maker.pointwise("\(stage.name) expand", stage.outputs, stage.middle, pixels: pixels, activation: .relu),
      maker.pointwise(
        "\(stage.name) project", stage.middle, stage.outputs, pixels: pixels, activation: .relu, residual: true),
      maker.pointwise(
        "\(stage.name) swish+project", stage.middle, stage.outputs, pixels: pixels, activation: .relu, residual: true,
        prologue: .init(scales: true, activation: .swish)),
      maker.pointwise("\(stage.name) shortcut", stage.inputs, stage.outputs, pixels: pixels, step: 2),
      maker.squeezeExcite("\(stage.name) gate", channels: stage.middle, hidden: (stage.middle / 16 + 7) / 8 * 8),
    ]
  }
  if let last = network.stages.last {
    rows.append(
      maker.pointwise(
        "head", last.outputs, last.middle, pixels: network.frames * last.side * last.side, activation: .relu))
    rows += [1, 2, 8].flatMap { batch in
      [
        maker.linear("head.1 ×\(batch)", rows: batch, last.middle, 2048),
        maker.linear("classes ×\(batch)", rows: batch, 2048, 400),
      ]
    }
  }
  rows += [
    maker.convolution("dense 3×3×3", 64, 64, kernel: [3, 3, 3], side: 14),
    maker.convolution("dense 1×3×3", 128, 128, kernel: [1, 3, 3], side: 14),
    maker.convolution("dense 3×1×1", 256, 64, kernel: [3, 1, 1], side: 14),
    maker.convolution("1×3×3 in 4 groups", 128, 128, groups: 4, kernel: [1, 3, 3], side: 14),
  ]
  return rows
}

/// Prepares kernels with made-up weights.
struct GemmRowMaker {
  let kernels: KernelSet
  let frames: Int
  let memory: SharedMemory

  private var elementSize: Double { Double(kernels.elementSize) }

  func pointwise(
    _ name: String, _ inputs: Int, _ outputs: Int, pixels: Int, activation: ActivationFunction? = nil,
    residual: Bool = false, prologue: PointwiseKernel.Prologue? = nil, step: Int = 1
  ) -> BenchmarkRow {
    let kernel = PointwiseKernel(
      kernels: kernels, inputs: inputs, outputs: outputs, activation: activation, prologue: prologue)
    let packed = memory.bytes("packed \(name)", kernel.packedBytes)
    let input = memory.elements("input", pixels * step * kernels.padded(inputs))
    let output = memory.elements("output", pixels * kernels.padded(outputs))
    let added = residual ? memory.elements("residual", pixels * kernels.padded(outputs)) : nil
    let scale = memory.floats("scale", kernels.padded(inputs))
    let scratch = memory.bytes("scratch", kernel.scratchBytes)
    return BenchmarkRow(
      kernel: kernel.name, layer: "\(name) \(inputs)→\(outputs) ×\(pixels)",
      operations: 2 * Double(pixels * inputs * outputs),
      bytes: elementSize * Double(pixels * (inputs + outputs * (residual ? 2 : 1)) + inputs * outputs)
    ) {
      kernel.run(
        packed: packed, input: input, inputStride: step * kernels.padded(inputs), count: pixels, scale: scale,
        residual: added, output: output, scratch: scratch)
    }
  }

  func linear(_ name: String, rows: Int, _ inputs: Int, _ outputs: Int) -> BenchmarkRow {
    let kernel = LinearKernel(kernels: kernels, rows: rows, inputs: inputs, outputs: outputs)
    let packed = memory.bytes("packed \(name)", kernel.packedBytes)
    let input = memory.floats("input", rows * inputs)
    let output = memory.floats("output", rows * kernel.outputCount)
    return BenchmarkRow(
      kernel: kernel.name, layer: "\(name) \(inputs)→\(outputs)", operations: 2 * Double(rows * inputs * outputs),
      bytes: elementSize * Double(inputs * outputs) + 4 * Double(rows * (inputs + outputs))
    ) {
      kernel.run(packed: packed, input: input, inputStride: inputs, output: output)
    }
  }

  func squeezeExcite(_ name: String, channels: Int, hidden: Int) -> BenchmarkRow {
    let kernel = SqueezeExciteKernel(kernels: kernels, means: channels, hidden: hidden, channels: channels)
    let packed = memory.bytes("packed \(name)", kernel.packedBytes)
    let mean = memory.floats("input", kernels.padded(channels))
    let scale = memory.floats("output", kernels.padded(channels))
    let scratch = memory.bytes("scratch", kernel.scratchBytes)
    return BenchmarkRow(
      kernel: kernel.name, layer: "\(name) \(channels)→\(hidden)→\(channels)",
      operations: 4 * Double(channels * hidden),
      bytes: elementSize * Double(2 * channels * hidden) + 8 * Double(channels)
    ) {
      kernel.run(packed: packed, mean: mean, scale: scale, scratch: scratch)
    }
  }

  /// Row by row, each over the one before, is how a plan runs a layer whose output would not fit the caches.
  func stem(side: Int, rowByRow: Bool) -> BenchmarkRow {
    let window = Window(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1])
    let size = [frames, side, side]
    guard let kernel = StemKernel(kernels: kernels, inputs: 3, outputs: 24, window: window, inputSize: size) else {
      preconditionFailure("the stem's window is refused")
    }
    let pixels = kernel.outputSize.reduce(1, *)
    let packed = memory.bytes("packed stem", kernel.packedBytes)
    let clip = memory.floats("clip", 3 * size.reduce(1, *))
    let output = memory.elements("output", pixels * kernels.padded(24))
    let scratch = memory.bytes("scratch", kernel.scratchBytes)
    return BenchmarkRow(
      kernel: kernel.name, layer: "stem 3→24 ×\(pixels)\(rowByRow ? " by rows" : "")",
      operations: 2 * Double(pixels * 27 * 24),
      bytes: 12 * Double(size.reduce(1, *)) + elementSize * Double(pixels * 24)
    ) {
      for row in stride(from: 0, to: kernel.outputSize[1], by: rowByRow ? 1 : kernel.outputSize[1]) {
        kernel.run(
          packed: packed, clip: clip, output: output, rows: row..<row + (rowByRow ? 1 : kernel.outputSize[1]),
          scratch: scratch)
      }
    }
  }

  func convolution(
    _ name: String, _ inputs: Int, _ outputs: Int, groups: Int = 1, kernel taps: [Int], side: Int
  ) -> BenchmarkRow {
    let size = [frames, side, side]
    let kernel = ConvolutionKernel(
      kernels: kernels, inputs: inputs, outputs: outputs, groups: groups,
      window: Window(kernel: taps, padding: taps.map { $0 / 2 }), inputSize: size)
    let pixels = kernel.outputSize.reduce(1, *)
    let depth = inputs / groups * taps.reduce(1, *)
    let packed = memory.bytes("packed \(name)", kernel.packedBytes)
    let input = memory.elements("input", size.reduce(1, *) * kernels.padded(inputs))
    let output = memory.elements("output", pixels * kernels.padded(outputs))
    let scratch = memory.bytes("scratch", kernel.scratchBytes)
    return BenchmarkRow(
      kernel: kernel.name, layer: "\(name) \(inputs)→\(outputs) ×\(pixels)",
      operations: 2 * Double(pixels * depth * outputs),
      bytes: elementSize * Double(pixels * (inputs + outputs) + depth * outputs)
    ) {
      kernel.run(packed: packed, input: input, output: output, rows: 0..<kernel.outputSize[1], scratch: scratch)
    }
  }
}
