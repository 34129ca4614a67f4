import CPU
import IR
import Training

/// Rows of the kernels that only training has, for a batch of clips, forwards and backwards.
///
/// Bytes are those that must move: each operand once, results once. No row reads what a row has written, as numbers so small
/// that they take longer could come of that.
func trainingRows(_ network: X3DShapes, kernels: KernelSet, batch: Int) -> [BenchmarkRow] {
  let maker = TrainingRowMaker(
    kernels: kernels, frames: network.frames, batch: batch, memory: SharedMemory(kernels))
  var rows = [maker.stem(side: network.side)]
  rows += maker.depthwise("stem", 24, kernel: [5, 1, 1], step: 1, side: network.stemSide)
  for stage in network.stages {
    let name = stage.name
    let before = network.frames * stage.sideBefore * stage.sideBefore
    let pixels = network.frames * stage.side * stage.side
    rows += [
      maker.weight("\(name).0 expand", stage.inputs, stage.middle, pixels: batch * before),
      maker.weight("\(name) expand", stage.outputs, stage.middle, pixels: batch * pixels),
      maker.weight("\(name) project", stage.middle, stage.outputs, pixels: batch * pixels),
    ]
    rows += maker.packs("\(name) expand", stage.outputs, stage.middle)
    rows += maker.batchNorm("\(name) expand", stage.middle, pixels: batch * before, activation: .relu)
    rows += maker.batchNorm("\(name) middle", stage.middle, pixels: batch * pixels, activation: .swish)
    rows += maker.batchNorm("\(name) project", stage.outputs, pixels: batch * pixels, activation: .relu, residual: true)
    rows += maker.depthwise("\(name).0", stage.middle, kernel: [3, 3, 3], step: 2, side: stage.sideBefore)
    rows += maker.depthwise(name, stage.middle, kernel: [3, 3, 3], step: 1, side: stage.side)
    rows.append(maker.scale("\(name) scale+swish", stage.middle, pixels: pixels))
    rows.append(maker.activation("\(name) relu", stage.outputs, pixels: batch * pixels))
    rows += maker.requantization("\(name) middle", stage.middle, pixels: batch * pixels, .swish)
    rows += maker.requantization("\(name) project", stage.outputs, pixels: batch * pixels, .relu, residual: true)
  }
  if let last = network.stages.last {
    rows.append(maker.weight("head", last.outputs, last.middle, pixels: batch * network.frames * last.side * last.side))
    rows.append(maker.weight("head.1", last.middle, 2048, pixels: batch))
    rows.append(maker.weight("classes", 2048, 400, pixels: batch))
    rows += maker.packs("head.1", last.middle, 2048)
  }
  rows += maker.convolution("dense 3×3×3", 64, 64, kernel: [3, 3, 3], side: 14)
  return rows + maker.updates(count: 3_794_322)
}

/// Prepares kernels on shared memory.
private struct TrainingRowMaker {
  let kernels: KernelSet
  let frames: Int
  let batch: Int
  let memory: SharedMemory

  func weight(_ name: String, _ inputs: Int, _ outputs: Int, pixels: Int) -> BenchmarkRow {
    let kernel = ProductWeightGradientKernel(kernels: kernels, inputs: inputs, outputs: outputs)
    let x = memory.floats("input", pixels * kernels.padded(inputs))
    let dy = memory.floats("output", pixels * kernels.padded(outputs))
    let part = memory.floats("part", kernel.partCount)
    let gradient = memory.floats("gradient", inputs * outputs)
    return BenchmarkRow(
      kernel: kernel.name, layer: "\(name) \(inputs)→\(outputs) ×\(pixels)",
      operations: 2 * Double(pixels * inputs * outputs),
      bytes: 4 * Double(pixels * (inputs + outputs) + inputs * outputs)
    ) {
      kernel.run(x: x, dy: dy, count: pixels, part: part)
      kernel.combine(parts: part, count: 1, into: gradient)
    }
  }

  func packs(_ name: String, _ inputs: Int, _ outputs: Int) -> [BenchmarkRow] {
    let weight = memory.floats("gradient", inputs * outputs)
    let (forwards, backwards) = (
      PointwiseKernel(kernels: kernels, inputs: inputs, outputs: outputs),
      PointwiseKernel(kernels: kernels, inputs: outputs, outputs: inputs)
    )
    let packed = memory.bytes("packed", max(forwards.packedBytes, backwards.packedBytes))
    let bytes = 8 * Double(inputs * outputs)
    return [
      BenchmarkRow(kernel: "pack", layer: "\(name) \(inputs)→\(outputs)", operations: 0, bytes: bytes) {
        forwards.pack(weight: weight, bias: nil, into: packed)
      },
      BenchmarkRow(kernel: "pack transposed", layer: "\(name) \(inputs)→\(outputs)", operations: 0, bytes: bytes) {
        backwards.pack(transposed: weight, into: packed)
      },
    ]
  }

  func batchNorm(
    _ name: String, _ channels: Int, pixels: Int, activation: ActivationFunction?, residual: Bool = false
  ) -> [BenchmarkRow] {
    let kernel = BatchNormKernel(
      kernels: kernels, channels: channels, epsilon: 1e-5, activation: activation, hasResidual: residual)
    let count = pixels * kernels.padded(channels)
    let (x, y) = (memory.floats("input", count), memory.floats("result", count))
    let (dy, other) = (memory.floats("output", count), memory.floats("residual", count))
    let masked = memory.floats("gradients", count)
    let factors = memory.floats("factors", kernel.factorCount)
    let part = memory.doubles("moments", kernel.partCount)
    let values = 4 * Double(pixels * channels)
    let layer = "\(name) \(channels) ×\(pixels)"
    return [
      BenchmarkRow(kernel: kernel.momentsName, layer: layer, operations: 0, bytes: values) {
        kernel.addMoments(x: x, count: pixels, part: part)
      },
      BenchmarkRow(kernel: kernel.normalizeName, layer: layer, operations: 0, bytes: values * (residual ? 3 : 2)) {
        kernel.normalize(x: x, residual: residual ? other : nil, factors: factors, y: y, count: pixels)
      },
      BenchmarkRow(kernel: kernel.sumsName, layer: layer, operations: 0, bytes: values * (residual ? 4 : 2)) {
        kernel.addSums(
          x: x, dy: dy, y: residual ? other : nil, g: residual ? masked : nil, factors: factors, count: pixels,
          part: part)
      },
      BenchmarkRow(kernel: kernel.gradientName, layer: layer, operations: 0, bytes: values * 3) {
        kernel.gradient(x: x, dy: dy, factors: factors, dx: y, count: pixels)
      },
    ]
  }

  func depthwise(_ name: String, _ channels: Int, kernel taps: [Int], step: Int, side: Int) -> [BenchmarkRow] {
    let window = Window(kernel: taps, stride: [1, step, step], padding: taps.map { $0 / 2 })
    let size = [frames, side, side]
    let weights = DepthwiseWeightGradientKernel(kernels: kernels, channels: channels, window: window, inputSize: size)
    guard
      let inputs = DepthwiseInputGradientKernel(
        kernels: kernels, channels: channels, window: window, inputSize: size)
    else { preconditionFailure("the window has no dilation") }
    let (pixel, before) = (kernels.padded(channels), size.reduce(1, *))
    let after = weights.outputSize.reduce(1, *)
    let x = memory.floats("input", batch * before * pixel)
    let dx = memory.floats("gradients", batch * before * pixel)
    let dy = memory.floats("output", batch * after * pixel)
    let part = memory.floats("part", weights.partCount)
    let packed = memory.floats("packed \(name)", inputs.packedBytes / 4)
    let scratch = memory.floats("scratch", inputs.scratchCount)
    let layer = "\(name) \(channels) \(taps.map(String.init).joined(separator: "×"))/\(step) \(before)→\(after)"
    let operations = 2 * Double(batch * after * channels * taps.reduce(1, *))
    let bytes = 4 * Double(batch * channels * (before + after))
    return [
      BenchmarkRow(kernel: weights.name, layer: layer, operations: operations, bytes: bytes) {
        for clip in 0..<batch {
          weights.run(
            x: x + clip * before * pixel, dy: dy + clip * after * pixel, rows: 0..<weights.outputSize[1], part: part)
        }
      },
      BenchmarkRow(kernel: inputs.name, layer: layer, operations: operations, bytes: bytes) {
        for clip in 0..<batch {
          inputs.run(
            packed: packed, dy: dy + clip * after * pixel, dx: dx + clip * before * pixel, rows: 0..<size[1],
            scratch: scratch)
        }
      },
    ]
  }

  func stem(side: Int) -> BenchmarkRow {
    let window = Window(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1])
    let size = [frames, side, side]
    guard
      let kernel = StemWeightGradientKernel(kernels: kernels, inputs: 3, outputs: 24, window: window, inputSize: size)
    else { preconditionFailure("the stem's window is refused") }
    let (before, after) = (size.reduce(1, *), kernel.outputSize.reduce(1, *))
    let clips = memory.floats("clips", batch * before * 3)
    let dy = memory.floats("output", batch * after * kernels.padded(24))
    let part = memory.floats("part", kernel.partCount)
    let scratch = memory.floats("scratch", kernel.scratchCount)
    return BenchmarkRow(
      kernel: kernel.name, layer: "stem 3→24 ×\(batch * after)", operations: 2 * Double(batch * after * 27 * 24),
      bytes: 4 * Double(batch * (before * 3 + after * 24))
    ) {
      for clip in 0..<batch {
        kernel.run(
          clip: clips + clip * before * 3, dy: dy + clip * after * kernels.padded(24), rows: 0..<kernel.outputSize[1],
          part: part, scratch: scratch)
      }
    }
  }

  func convolution(
    _ name: String, _ inputs: Int, _ outputs: Int, kernel taps: [Int], side: Int
  ) -> [BenchmarkRow] {
    let window = Window(kernel: taps, padding: taps.map { $0 / 2 })
    let size = [frames, side, side]
    let kernel = ConvolutionInputGradientKernel(
      kernels: kernels, inputs: inputs, outputs: outputs, window: window, inputSize: size)
    let pixels = size.reduce(1, *)
    let packed = memory.floats("packed \(name)", kernel.packedBytes / 4)
    let dy = memory.floats("output", batch * pixels * kernels.padded(outputs))
    let dx = memory.floats("gradients", batch * pixels * kernels.padded(inputs))
    let scratch = memory.floats("scratch", kernel.scratchCount)
    let row = BenchmarkRow(
      kernel: kernel.name, layer: "\(name) \(inputs)→\(outputs) ×\(batch * pixels)",
      operations: 2 * Double(batch * pixels * inputs * outputs * taps.reduce(1, *)),
      bytes: 4 * Double(batch * pixels * (inputs + outputs))
    ) {
      for clip in 0..<batch {
        kernel.run(
          packed: packed, dy: dy + clip * pixels * kernels.padded(outputs),
          dx: dx + clip * pixels * kernels.padded(inputs), rows: 0..<size[1], scratch: scratch)
      }
    }
    return [convolutionWeight(name, inputs, outputs, window: window, size: size), row]
  }

  private func convolutionWeight(
    _ name: String, _ inputs: Int, _ outputs: Int, window: Window, size: [Int]
  ) -> BenchmarkRow {
    let kernel = ConvolutionWeightGradientKernel(
      kernels: kernels, inputs: inputs, outputs: outputs, window: window, inputSize: size)
    let (before, after) = (size.reduce(1, *), kernel.outputSize.reduce(1, *))
    let x = memory.floats("input", batch * before * kernels.padded(inputs))
    let dy = memory.floats("output", batch * after * kernels.padded(outputs))
    let part = memory.floats("part", kernel.partCount)
    let scratch = memory.floats("scratch", kernel.scratchCount)
    return BenchmarkRow(
      kernel: kernel.name, layer: "\(name) \(inputs)→\(outputs) ×\(batch * after)",
      operations: 2 * Double(batch * after * inputs * outputs * window.kernel.reduce(1, *)),
      bytes: 4 * Double(batch * (before * inputs + after * outputs))
    ) {
      for clip in 0..<batch {
        kernel.run(
          x: x + clip * before * kernels.padded(inputs), dy: dy + clip * after * kernels.padded(outputs),
          rows: 0..<kernel.outputSize[1], part: part, scratch: scratch)
      }
    }
  }

  func scale(_ name: String, _ channels: Int, pixels: Int) -> BenchmarkRow {
    let kernel = ScaleGradientKernel(kernels: kernels, channels: channels, activation: .swish)
    let pixel = kernels.padded(channels)
    let x = memory.floats("input", batch * pixels * pixel)
    let dy = memory.floats("output", batch * pixels * pixel)
    let dx = memory.floats("gradients", batch * pixels * pixel)
    let scale = memory.floats("scale", pixel)
    let part = memory.doubles("moments", kernel.partCount)
    return BenchmarkRow(
      kernel: kernel.name, layer: "\(name) \(channels) ×\(batch * pixels)", operations: 0,
      bytes: 12 * Double(batch * pixels * channels)
    ) {
      for clip in 0..<batch {
        let offset = clip * pixels * pixel
        kernel.run(x: x + offset, dy: dy + offset, scale: scale, dx: dx + offset, part: part, count: pixels)
      }
    }
  }

  func activation(_ name: String, _ channels: Int, pixels: Int) -> BenchmarkRow {
    let kernel = ElementwiseGradientKernel(kernels: kernels)
    let count = pixels * kernels.padded(channels)
    let (x, dy) = (memory.floats("input", count), memory.floats("output", count))
    let dx = memory.floats("gradients", count)
    return BenchmarkRow(
      kernel: kernel.activationName, layer: "\(name) \(channels) ×\(pixels)", operations: 0,
      bytes: 12 * Double(pixels * channels)
    ) {
      kernel.activation(.relu, x: x, dy: dy, dx: dx, count: count)
    }
  }

  func requantization(
    _ name: String, _ channels: Int, pixels: Int, _ activation: ActivationFunction, residual: Bool = false
  ) -> [BenchmarkRow] {
    let kernel = RequantizeKernel(
      kernels: kernels, activation: activation, residualScale: residual ? 0.02 : nil, resultScale: 0.03,
      channels: channels)
    let count = pixels * kernels.padded(channels)
    let (x, y) = (memory.floats("input", count), memory.floats("result", count))
    let (dy, other) = (memory.floats("output", count), residual ? memory.floats("residual", count) : nil)
    let gradient = residual ? memory.floats("gradients", count) : nil
    let factors = memory.floats("factors", kernel.factorCount)
    let values = 4 * Double(pixels * channels)
    let layer = "\(name) \(channels) ×\(pixels)"
    return [
      BenchmarkRow(kernel: kernel.name, layer: layer, operations: 0, bytes: values * (residual ? 3 : 2)) {
        kernel.run(x: x, factors: factors, residual: other.map { UnsafePointer($0) }, y: y, count: pixels)
      },
      BenchmarkRow(kernel: kernel.gradientName, layer: layer, operations: 0, bytes: values * (residual ? 5 : 3)) {
        kernel.gradient(
          x: x, dy: dy, factors: factors, residual: other.map { UnsafePointer($0) }, dx: y,
          residualGradient: gradient, count: pixels)
      },
    ]
  }

  func updates(count: Int) -> [BenchmarkRow] {
    let kernel = UpdateKernel(kernels: kernels)
    let (weight, gradient) = (memory.floats("weight", count), memory.floats("gradients", count))
    let (mean, square) = (memory.floats("mean", count), memory.floats("square", count))
    let bytes = 4 * Double(count)
    return [
      BenchmarkRow(kernel: "descend", layer: "X3D-XS's weights", operations: 0, bytes: 5 * bytes) {
        kernel.descend(
          weight: weight, gradient: gradient, velocity: mean, count: count, rate: 0, scale: 1, decay: 0.1,
          momentum: 0.5, isNesterov: true)
      },
      BenchmarkRow(kernel: "adapt", layer: "X3D-XS's weights", operations: 0, bytes: 7 * bytes) {
        kernel.adapt(
          weight: weight, gradient: gradient, mean: mean, square: square, count: count, scale: 1, beta1: 0.9,
          beta2: 0.99, epsilon: 1e-8, kept: 1, step: 0, root: 1)
      },
      BenchmarkRow(kernel: "add_squares", layer: "X3D-XS's weights", operations: 0, bytes: bytes) {
        _ = kernel.squares(gradient, count: count)
      },
    ]
  }
}
