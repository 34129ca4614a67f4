import CPU
import IR
import KernelTestSupport
import Testing

/// A convolution, its reference included, for one instruction set.
private struct ConvolutionLayer: CustomStringConvertible {
  var inputs = 5
  var outputs = 7
  var groups = 1
  var size: [Int]
  var window: Window
  var zero = 1
  var activation: ActivationFunction? = .relu
  var hasResidual = false

  var description: String {
    "\(inputs)→\(outputs) in \(groups) groups, \(window) on \(size), quantization \(zero), \(activation.map { "\($0)" } ?? "none"), "
      + "residual \(hasResidual)"
  }

  var input: QuantizationParameters { testQuantizations[zero] }
  var output: QuantizationParameters { testQuantizations[(zero + 1) % 4] }
  var residual: QuantizationParameters? { hasResidual ? testQuantizations[(zero + 2) % 4] : nil }
  var weights: TestWeights {
    TestWeights(outputs: outputs, count: inputs / groups * window.kernel.reduce(1, *), seed: 9)
  }

  func kernel(isa: ISA, readsPlanes: Bool = false, toInterleaved: Bool = false) throws -> QuantizedConvolutionKernel {
    try #require(
      QuantizedConvolutionKernel(
        isa: isa, inputs: inputs, outputs: outputs, groups: groups, window: window, inputSize: size, input: input,
        output: output, activation: activation, residual: residual, readsPlanes: readsPlanes,
        toInterleaved: toInterleaved))
  }

  /// The scalar meaning's bytes, of the input and a residual like the output.
  func expected(_ x: [Int8], residual addends: [Int8] = []) throws -> [Int8?] {
    let (weights, result) = (weights, try #require(QuantizedResult(output, activation: activation)))
    let sums = Reference.Quantized.convolution(
      x, zeroPoint: input.zeroPoint, weight: weights.values, bias: weights.bias, window: window, inputSize: size,
      groups: groups)
    return sums.enumerated().map { index, sum in
      let scale = weights.scales[index / (sums.count / outputs)]
      let addend = residual.map { (Float(Int(addends[index]) - Int($0.zeroPoint))) * result.factor($0.scale) }
      return Reference.Quantized.byte(
        sum: sum, factor: expectedFactor(input.scale, scale, result), addend: addend, result: result)
    }
  }
}

struct QuantizedConvolutionTests {
  private static let windows: [Window] = [
    Window(kernel: [3, 3, 3], padding: [1, 1, 1]), Window(kernel: [1, 3, 3], padding: [0, 1, 1]),
    Window(kernel: [3, 1, 1], padding: [1, 0, 0]),
    Window(kernel: [5, 1, 1], stride: [2, 1, 1], padding: [4, 0, 0], dilation: [2, 1, 1]),
    Window(kernel: [7, 1, 1], stride: [4, 1, 1], padding: [3, 0, 0]),
    Window(kernel: [3, 1, 1], padding: [8, 0, 0], dilation: [8, 1, 1]),
    Window(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1]),
    Window(kernel: [3, 3, 3], stride: [2, 2, 2], padding: [1, 1, 1]),
    Window(kernel: [1, 7, 7], stride: [1, 2, 2], padding: [0, 3, 3]),
    Window(kernel: [2, 3, 2], stride: [1, 1, 3], padding: [1, 2, 0]),
    Window(kernel: [3, 3, 3], padding: [1, 2, 3], dilation: [1, 2, 3]), Window(kernel: [3, 3], padding: [1, 1]),
    Window(kernel: [1, 1, 1], stride: [2, 2, 2]), Window(kernel: [2, 2, 2]),
    Window(
      kernel: [3, 3, 3], stride: [1, 1, 1], paddingBefore: [2, 0, 2], paddingAfter: [0, 2, 0], dilation: [1, 1, 1]),
  ]
  private static let sizes = [[1, 1, 1], [1, 4, 6], [2, 1, 5], [3, 5, 2], [5, 4, 15], [4, 7, 30]]
  private static let everyWindow: [ConvolutionLayer] = windows.enumerated().flatMap { index, window in
    sizes.enumerated().map { place, size in
      ConvolutionLayer(
        inputs: [5, 16, 3, 20][(index + place) % 4], size: window.rank == 2 ? [1, size[1], size[2]] : size,
        window: window, zero: (index + place) % 4, activation: place % 2 == 0 ? .relu : nil,
        hasResidual: place % 3 == 0)
    }
  }
  // Panels of one, two and three blocks of outputs, with full ones and others.
  private static let everyChannelCount: [ConvolutionLayer] = [1, 7, 15, 16, 17, 32, 33, 48, 70].flatMap { count in
    [windows[1], windows[2]].map {
      ConvolutionLayer(
        inputs: count, outputs: 49 - count / 2, size: [2, 3, 16], window: $0, hasResidual: count % 2 == 0)
    }
  }
  private static let everyWidth: [ConvolutionLayer] = (1...43).map {
    ConvolutionLayer(inputs: 4, outputs: $0 % 40 + 1, size: [1, 2, $0], window: windows[1], zero: $0 % 4)
  }
  // Groups of several inputs and outputs: within a block, of a whole one, and across blocks.
  private static let everyGroup: [ConvolutionLayer] =
    [(12, 20, 4), (32, 32, 8), (64, 64, 2), (32, 96, 2), (66, 33, 3), (20, 20, 20), (7, 14, 7), (96, 48, 2)]
    .flatMap { inputs, outputs, groups in
      [windows[1], windows[2], windows[10], windows[13]].map {
        ConvolutionLayer(
          inputs: inputs, outputs: outputs, groups: groups, size: [3, 7, 8], window: $0, hasResidual: outputs > 20)
      }
    }
  private static let everyActivation: [ConvolutionLayer] = [.swish, .hardSwish, .sigmoid, .hardSigmoid].flatMap {
    [
      ConvolutionLayer(size: [2, 3, 3], window: windows[0], activation: $0),
      ConvolutionLayer(size: [2, 3, 3], window: windows[2], activation: $0, hasResidual: true),
    ]
  }
  // Windows that fit nowhere, inputs without elements, and more rows and frames than a block has.
  private static let emptyAndLargeOnes: [ConvolutionLayer] = [
    ConvolutionLayer(size: [2, 2, 1], window: windows[13]), ConvolutionLayer(size: [0, 4, 4], window: windows[1]),
    ConvolutionLayer(size: [2, 3, 0], window: windows[2]),
    ConvolutionLayer(inputs: 100, outputs: 3, size: [3, 40, 40], window: windows[0], hasResidual: true),
    ConvolutionLayer(inputs: 60, outputs: 2, size: [101, 4, 24], window: windows[0]),
    ConvolutionLayer(inputs: 128, outputs: 3, size: [9, 30, 20], window: windows[2]),
  ]

  @Test(arguments: ISA.available)
  func convolutionsGiveTheScalarMeaningsBytes(isa: ISA) throws {
    let layers = [
      Self.everyWindow, Self.everyChannelCount, Self.everyWidth, Self.everyGroup, Self.everyActivation,
      Self.emptyAndLargeOnes,
    ].flatMap { $0 }
    for layer in layers {
      let kernel = try layer.kernel(isa: isa)
      let packed = GuardedBytes(count: kernel.packedBytes)
      layer.weights.with { kernel.pack($0, into: packed.raw) }
      let x = testBytes(layer.inputs * layer.size.reduce(1, *), seed: 4)
      let source = image(planes: x, channels: layer.inputs, size: layer.size)
      let size = kernel.outputSize
      let addends = testBytes(layer.outputs * size.reduce(1, *), seed: 5)
      // The output is the residual's memory.
      let target = image(planes: addends, channels: layer.outputs, size: size)
      let scratch = GuardedBytes(count: kernel.scratchBytes)
      let (height, row) = (size[1], target.count / max(size[1], 1))
      // Rows and panels in parts, the later ones first.
      for rows in [height / 2..<height, 0..<height / 2] {
        for panels in [kernel.panelCount / 2..<kernel.panelCount, 0..<kernel.panelCount / 2] {
          let place = target.bytes + rows.lowerBound * row
          kernel.run(
            packed: packed.raw, input: source.raw, residual: layer.hasResidual ? UnsafePointer(place) : nil,
            output: place, rows: rows, panels: panels, scratch: scratch.raw)
        }
      }
      let actual = signedValues(planeValues(image: target.values(UInt8.self), channels: layer.outputs, size: size))
      #expect(try actual == layer.expected(x, residual: addends), "\(layer) on \(isa)")
      #expect(areIntact(packed, source, target, scratch), "\(layer) on \(isa)")
    }
  }

  private static let stems: [ConvolutionLayer] = [
    ConvolutionLayer(
      inputs: 3, outputs: 24, size: [4, 8, 10],
      window: Window(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1])),
    ConvolutionLayer(
      inputs: 3, outputs: 40, size: [5, 5, 7], window: Window(kernel: [1, 3, 3], padding: [0, 1, 1]), zero: 2),
    ConvolutionLayer(
      inputs: 1, outputs: 3, size: [1, 6, 6], window: Window(kernel: [5, 5], stride: [2, 2], padding: [2, 2]), zero: 0),
    ConvolutionLayer(
      inputs: 4, outputs: 17, size: [13, 3, 4],
      window: Window(kernel: [1, 7, 2], stride: [1, 2, 3], padding: [0, 3, 1])),
    ConvolutionLayer(
      inputs: 3, outputs: 64, size: [6, 9, 37],
      window: Window(kernel: [3, 7, 7], stride: [1, 2, 2], padding: [1, 3, 3]), zero: 3),
    ConvolutionLayer(
      inputs: 2, outputs: 8, size: [9, 5, 6],
      window: Window(kernel: [5, 7, 7], stride: [1, 2, 2], padding: [2, 3, 3]), activation: .swish),
    ConvolutionLayer(
      inputs: 3, outputs: 9, size: [2, 4, 19],
      window: Window(kernel: [1, 1, 3], stride: [2, 1, 1], dilation: [1, 1, 2])),
  ]

  @Test(arguments: ISA.available, [false, true])
  func stemsReadPlanesOfRealNumbers(isa: ISA, toInterleaved: Bool) throws {
    for layer in Self.stems {
      let kernel = try layer.kernel(isa: isa, readsPlanes: true, toInterleaved: toInterleaved)
      let packed = GuardedBytes(count: kernel.packedBytes)
      layer.weights.with { kernel.pack($0, into: packed.raw) }
      // Values past both ends of the range, and ties.
      let clip = testValues(layer.inputs * layer.size.reduce(1, *), seed: 4).enumerated().map { index, value in
        index % 5 == 0 ? (Float(index % 40 - 20) + 0.5) * layer.input.scale : value * 7
      }
      let x = clip.map { Reference.Quantized.quantize($0, layer.input) }
      let source = GuardedBytes(clip)
      let size = kernel.outputSize
      let layout = QuantizedClipLayout(isa: isa, channels: layer.outputs, size: size, quantization: layer.output)
      let row = toInterleaved ? layout.interleavedRowBytes : layout.rowBytes
      let target = GuardedBytes(count: size[1] * row)
      let scratch = GuardedBytes(count: kernel.scratchBytes)
      for rows in [size[1] / 2..<size[1], 0..<size[1] / 2] {
        kernel.run(
          packed: packed.raw, input: source.raw, output: target.raw + rows.lowerBound * row, rows: rows,
          scratch: scratch.raw)
      }
      var result = target
      if toInterleaved {
        result = GuardedBytes(count: size[1] * layout.rowBytes)
        layout.fromInterleaved(interleaved: target.raw, image: result.bytes, rows: 0..<size[1])
      }
      let actual = signedValues(planeValues(image: result.values(UInt8.self), channels: layer.outputs, size: size))
      #expect(try actual == layer.expected(x), "\(layer) on \(isa)")
      #expect(areIntact(packed, source, target, scratch), "\(layer) on \(isa)")
    }
  }

  @Test(arguments: ISA.available)
  func linearLayersGiveTheScalarMeaningsNumbers(isa: ISA) throws {
    for rows in [1, 2, 3, 9] {
      for (inputs, outputs) in [(432, 130), (17, 400), (3, 1), (64, 16), (20, 48)] {
        for target in [nil, testQuantizations[1]] {
          let input = testQuantizations[rows % 4]
          let result = try #require(QuantizedResult(target, activation: .relu))
          let kernel = QuantizedLinearKernel(
            isa: isa, rows: rows, inputs: inputs, outputs: outputs, input: input, result: result)
          let weights = TestWeights(outputs: outputs, count: inputs, seed: 2)
          let packed = GuardedBytes(count: kernel.packedBytes)
          weights.with { kernel.pack($0, into: packed.raw) }
          let size = [1, 1, rows]
          let x = testBytes(inputs * rows, seed: 6)
          let source = image(planes: x, channels: inputs, size: size)
          let output = GuardedBytes(count: rows * ISA.quantizedPixel(outputs) * (target == nil ? 4 : 1))
          let scratch = GuardedBytes(count: kernel.scratchBytes)
          kernel.run(packed: packed.raw, input: source.reader, output: output.raw, scratch: scratch.raw)
          let sums = Reference.Quantized.convolution(
            x, zeroPoint: input.zeroPoint, weight: weights.values, bias: weights.bias, window: Window(kernel: [1, 1]),
            inputSize: size, groups: 1)
          let factors = weights.scales.map { expectedFactor(input.scale, $0, result) }
          if target == nil {
            let expected = sums.enumerated().map {
              Reference.Quantized.real(sum: $1, factor: factors[$0 / rows], activation: .relu)
            }
            #expect(planeValues(image: output.values(Float.self), channels: outputs, size: size) == expected)
          } else {
            let expected = sums.enumerated().map {
              Reference.Quantized.byte(sum: $1, factor: factors[$0 / rows], result: result)
            }
            #expect(
              signedValues(planeValues(image: output.values(UInt8.self), channels: outputs, size: size)) == expected)
          }
          #expect(areIntact(packed, source, output, scratch), "\(rows) × \(inputs)→\(outputs) on \(isa)")
        }
      }
    }
  }
}
