import CPU
import IR

/// Rows of the int8 kernels: those of a block in the order of its steps, then the stem and the head; and, whatever the network,
/// the convolutions of other families.
func quantizedRows(_ network: X3DShapes, isa: ISA) -> [BenchmarkRow] {
  guard let relu = QuantizedResult(QuantizedRowMaker.rectified, activation: .relu),
    let real = QuantizedResult(nil), let swish = QuantizedPointwiseKernel.Prologue(scale: 0.001, activation: .swish)
  else { return [] }
  let maker = QuantizedRowMaker(isa: isa, frames: network.frames, memory: SharedMemory(KernelSet(isa)), relu: relu)
  let cube = Window(kernel: [3, 3, 3], padding: [1, 1, 1])
  let halving = Window(kernel: [3, 3, 3], stride: [1, 2, 2], padding: [1, 1, 1])
  var rows = [
    maker.stem(side: network.side),
    maker.depthwise(
      "stem", 24, side: network.stemSide, window: Window(kernel: [5, 1, 1], padding: [2, 0, 0]), output: .bytes(relu)),
  ]
  for stage in network.stages {
    let pixels = network.frames * stage.side * stage.side
    rows += [
      maker.expand("\(stage.name).0 expand", stage.inputs, stage.middle, side: stage.sideBefore),
      maker.depthwise(
        "\(stage.name).0", stage.middle, side: stage.sideBefore, window: halving, output: .int16(scale: 0.001)),
      maker.expand("\(stage.name) expand", stage.outputs, stage.middle, side: stage.side),
      maker.depthwise(stage.name, stage.middle, side: stage.side, window: cube, output: .int16(scale: 0.001)),
      maker.project("\(stage.name) project", stage.middle, stage.outputs, pixels: pixels, prologue: nil),
      maker.project("\(stage.name) swish+project", stage.middle, stage.outputs, pixels: pixels, prologue: swish),
    ]
  }
  if let last = network.stages.last {
    let pixels = network.frames * last.side * last.side
    rows += [
      maker.project("head", last.outputs, last.middle, pixels: pixels, prologue: nil),
      maker.linear("head.1", last.middle, 2048, result: relu), maker.linear("classes", 2048, 400, result: real),
    ]
  }
  rows += StreamedWindow.all(network).map {
    maker.depthwise(
      "\($0.name) step \($0.channels) ×\($0.size[0])×\($0.size[1])²", $0.channels, size: $0.size, window: $0.window,
      output: .int16(scale: 0.001))
  }
  return rows + ConvolutionShape.dense.compactMap { maker.convolution($0) }
    + ConvolutionShape.depthwise.map {
      maker.depthwise($0.description, $0.inputs, size: $0.size, window: $0.window, output: .bytes(relu))
    }
}

/// Prepares kernels with made-up weights.
private struct QuantizedRowMaker {
  static let rectified = QuantizationParameters(scale: 0.05, zeroPoint: -128)
  static let centred = QuantizationParameters(scale: 0.05, zeroPoint: 0)

  let isa: ISA
  let frames: Int
  let memory: SharedMemory
  let relu: QuantizedResult

  /// A pointwise layer whose rows go to a depthwise one.
  func expand(_ name: String, _ inputs: Int, _ outputs: Int, side: Int) -> BenchmarkRow {
    let kernel = QuantizedPointwiseKernel(
      isa: isa, inputs: inputs, outputs: outputs, input: Self.rectified, result: relu)
    let packed = bytes("packed \(name)", kernel.packedBytes)
    withWeights(outputs, count: inputs) { kernel.pack($0, into: packed) }
    let inputRow = frames * side * ISA.quantizedPixel(inputs)
    let outputRow = interleavedRowBytes(outputs, width: side)
    let input = bytes("input", side * inputRow)
    let output = bytes("output", side * outputRow)
    let scratch = bytes("scratch", kernel.scratchBytes)
    return row(kernel.name, "\(name) \(inputs)→\(outputs) ×\(frames)×\(side)²", frames * side * side, inputs, outputs) {
      for h in 0..<side {
        kernel.runToInterleaved(
          packed: packed, input: input + h * inputRow, frames: frames, width: side, output: output + h * outputRow,
          scratch: scratch)
      }
    }
  }

  /// A pointwise layer at a block's end, with a residual.
  func project(
    _ name: String, _ inputs: Int, _ outputs: Int, pixels: Int, prologue: QuantizedPointwiseKernel.Prologue?
  ) -> BenchmarkRow {
    let kernel = QuantizedPointwiseKernel(
      isa: isa, inputs: inputs, outputs: outputs, input: Self.centred, result: relu, residual: Self.rectified,
      prologue: prologue)
    let packed = bytes("packed \(name)", kernel.packedBytes)
    withWeights(outputs, count: inputs) { kernel.pack($0, into: packed) }
    let input = bytes("input", 2 * pixels * ISA.quantizedPixel(inputs))
    let output = bytes("output", pixels * ISA.quantizedPixel(outputs))
    let residual = bytes("residual", pixels * ISA.quantizedPixel(outputs))
    let scratch = bytes("scratch", kernel.scratchBytes)
    return row(kernel.name, "\(name) \(inputs)→\(outputs) ×\(pixels)", pixels, inputs, outputs) {
      kernel.run(
        packed: packed, input: input, count: pixels, residual: residual, output: output, scratch: scratch)
    }
  }

  func depthwise(
    _ name: String, _ channels: Int, side: Int, window: Window, output: QuantizedDepthwiseKernel.Output
  ) -> BenchmarkRow {
    depthwise(
      "\(name) \(channels) ×\(frames)×\(side)²", channels, size: [frames, side, side], window: window, output: output)
  }

  func depthwise(
    _ layer: String, _ channels: Int, size: [Int], window: Window, output: QuantizedDepthwiseKernel.Output
  ) -> BenchmarkRow {
    let kernel = QuantizedDepthwiseKernel(
      isa: isa, channels: channels, window: window, inputSize: size, input: Self.rectified, output: output)
    let packed = bytes("packed \(layer)", kernel.packedBytes)
    withWeights(channels, count: window.kernel.reduce(1, *)) { kernel.pack($0, into: packed) }
    let input = bytes("input", size[1] * kernel.inputRowBytes)
    let result = bytes("output", kernel.outputSize[1] * kernel.outputRowBytes)
    let pool = UnsafeMutableRawPointer(bytes("pool", 8 * kernel.pixel)).assumingMemoryBound(to: Int64.self)
    // Taps in the padding are not work.
    let taps = (0..<3).map { axis in
      (0..<kernel.outputSize[axis]).reduce(0) { sum, output in
        let first = output * window.stride[axis] - window.paddingBefore[axis]
        return sum + (first..<first + window.kernel[axis]).clamped(to: 0..<size[axis]).count
      }
    }
    return BenchmarkRow(
      kernel: kernel.name, layer: "\(layer)→\(kernel.outputSize[2])²",
      operations: 2 * Double(channels * taps.reduce(1, *)),
      bytes: Double(size[1] * kernel.inputRowBytes + kernel.outputSize[1] * kernel.outputRowBytes)
    ) {
      kernel.run(packed: packed, input: input, output: result, pool: pool, rows: 0..<kernel.outputSize[1])
    }
  }

  func stem(side: Int) -> BenchmarkRow {
    let window = Window(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1])
    guard
      let kernel = QuantizedConvolutionKernel(
        isa: isa, inputs: 3, outputs: 24, window: window, inputSize: [frames, side, side], input: Self.centred,
        output: Self.centred, readsPlanes: true, toInterleaved: true)
    else { preconditionFailure("no activation is one that bytes support") }
    let packed = bytes("packed stem", kernel.packedBytes)
    withWeights(24, count: 27) { kernel.pack($0, into: packed) }
    let clip = memory.floats("clip", 3 * frames * side * side)
    let pixels = frames * kernel.outputSize[1] * kernel.outputSize[2]
    let output = bytes("output", kernel.outputSize[1] * interleavedRowBytes(24, width: kernel.outputSize[2]))
    let scratch = bytes("scratch", kernel.scratchBytes)
    return row(kernel.name, "stem 3→24 ×\(pixels)", pixels, 27, 24) {
      kernel.run(packed: packed, input: clip, output: output, rows: 0..<kernel.outputSize[1], scratch: scratch)
    }
  }

  func linear(_ name: String, _ inputs: Int, _ outputs: Int, result: QuantizedResult) -> BenchmarkRow {
    let kernel = QuantizedLinearKernel(
      isa: isa, rows: 1, inputs: inputs, outputs: outputs, input: Self.rectified, result: result)
    let packed = bytes("packed \(name)", kernel.packedBytes)
    withWeights(outputs, count: inputs) { kernel.pack($0, into: packed) }
    let input = bytes("input", ISA.quantizedPixel(inputs))
    let output = bytes("output", 4 * ISA.quantizedPixel(outputs))
    let scratch = bytes("scratch", kernel.scratchBytes)
    return row(kernel.name, "\(name) \(inputs)→\(outputs)", 1, inputs, outputs) {
      kernel.run(packed: packed, input: input, output: output, scratch: scratch)
    }
  }

  func convolution(_ shape: ConvolutionShape) -> BenchmarkRow? {
    guard
      let kernel = QuantizedConvolutionKernel(
        isa: isa, inputs: shape.inputs, outputs: shape.outputs, groups: shape.groups, window: shape.window,
        inputSize: shape.size, input: Self.centred, output: Self.rectified, activation: .relu,
        readsPlanes: shape.inputs <= 4)
    else { return nil }
    let depth = shape.inputs / shape.groups * shape.window.kernel.reduce(1, *)
    let packed = bytes("packed \(shape.name)", kernel.packedBytes)
    withWeights(shape.outputs, count: depth) { kernel.pack($0, into: packed) }
    let (pixels, positions) = (kernel.outputSize.reduce(1, *), shape.size.reduce(1, *))
    let input: UnsafeRawPointer =
      shape.inputs <= 4
      ? UnsafeRawPointer(memory.floats("clip", positions * shape.inputs))
      : UnsafeRawPointer(bytes("input", positions * ISA.quantizedPixel(shape.inputs)))
    let output = bytes("output", pixels * ISA.quantizedPixel(shape.outputs))
    let scratch = bytes("scratch", kernel.scratchBytes)
    return row(kernel.name, shape.description, pixels, depth, shape.outputs) {
      kernel.run(packed: packed, input: input, output: output, rows: 0..<kernel.outputSize[1], scratch: scratch)
    }
  }

  private func interleavedRowBytes(_ channels: Int, width: Int) -> Int {
    QuantizedClipLayout(isa: isa, channels: channels, size: [frames, 1, width], quantization: Self.centred)
      .interleavedRowBytes
  }

  private func row(
    _ kernel: String, _ layer: String, _ pixels: Int, _ depth: Int, _ outputs: Int, run: @escaping () -> Void
  ) -> BenchmarkRow {
    BenchmarkRow(
      kernel: kernel, layer: layer, operations: 2 * Double(pixels * depth * outputs),
      bytes: Double(pixels * (depth + outputs) + depth * outputs), run: run)
  }

  private func bytes(_ role: String, _ count: Int) -> UnsafeMutablePointer<UInt8> {
    UnsafeMutableRawPointer(memory.floats(role, (count + 3) / 4)).assumingMemoryBound(to: UInt8.self)
  }

  private func withWeights(_ outputs: Int, count: Int, _ body: (QuantizedWeights) -> Void) {
    let values = (0..<outputs * count).map { Int8(truncatingIfNeeded: $0 * 37 % 255 - 127) }
    let scales = [Float](repeating: 0.002, count: outputs)
    values.withUnsafeBufferPointer { values in
      scales.withUnsafeBufferPointer { scales in
        guard let values = values.baseAddress, let scales = scales.baseAddress else { return }
        body(QuantizedWeights(values: values, scales: scales, bias: nil))
      }
    }
  }
}
