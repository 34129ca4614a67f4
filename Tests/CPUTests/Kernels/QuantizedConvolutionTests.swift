import CPU
import IR
import KernelTestSupport
import Testing

/// A convolution, its reference included, for one instruction set.
private struct ConvolutionLayer: CustomStringConvertible {
  var inputs: Int
  var outputs: Int
  var groups = 1
  var size: [Int]
  var window: Window
  var zero = 1
  var activation: ActivationFunction? = .relu

  var description: String { "\(inputs)→\(outputs) in \(groups) groups, \(window) on \(size), quantization \(zero)" }

  var input: QuantizationParameters { testQuantizations[zero] }
  var output: QuantizationParameters { testQuantizations[(zero + 1) % 4] }
  var weights: TestWeights {
    TestWeights(outputs: outputs, count: inputs / groups * window.kernel.reduce(1, *), seed: 9)
  }

  func expected(_ x: [Int8]) throws -> [Int8?] {
    let (weights, result) = (weights, try #require(QuantizedResult(output, activation: activation)))
    let sums = Reference.Quantized.convolution(
      x, zeroPoint: input.zeroPoint, weight: weights.values, bias: weights.bias, window: window, inputSize: size,
      groups: groups)
    return sums.enumerated().map { index, sum in
      let scale = weights.scales[index / (sums.count / outputs)]
      return Reference.Quantized.byte(sum: sum, factor: expectedFactor(input.scale, scale, result), result: result)
    }
  }
}

struct QuantizedConvolutionTests {
  private static let convolutions: [ConvolutionLayer] =
    [
      ConvolutionLayer(
        inputs: 5, outputs: 7, size: [3, 5, 6], window: Window(kernel: [3, 3, 3], padding: [1, 1, 1])),
      ConvolutionLayer(
        inputs: 16, outputs: 33, size: [2, 7, 9],
        window: Window(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1])),
      ConvolutionLayer(
        inputs: 12, outputs: 20, groups: 4, size: [4, 4, 5], window: Window(kernel: [3, 1, 1], padding: [1, 0, 0])),
      ConvolutionLayer(
        inputs: 32, outputs: 32, groups: 2, size: [1, 4, 30],
        window: Window(kernel: [3, 3], padding: [2, 2], dilation: [2, 2])),
      ConvolutionLayer(
        inputs: 3, outputs: 2, size: [1, 2, 2], window: Window(kernel: [1, 5, 5], padding: [0, 2, 2])),
    ]
    + (0..<4).map {
      ConvolutionLayer(
        inputs: 4, outputs: 9, size: [2, 3, 3], window: Window(kernel: [2, 2, 2], padding: [1, 1, 1]), zero: $0,
        activation: .swish)
    }

  @Test(arguments: ISA.available)
  func convolutionsGiveTheScalarMeaningsBytes(isa: ISA) throws {
    for layer in Self.convolutions {
      let kernel = try #require(
        QuantizedConvolutionKernel(
          isa: isa, inputs: layer.inputs, outputs: layer.outputs, groups: layer.groups, window: layer.window,
          inputSize: layer.size, input: layer.input, output: layer.output, activation: layer.activation))
      let packed = GuardedBytes(count: kernel.packedBytes)
      layer.weights.with { kernel.pack($0, into: packed.raw) }
      let x = testBytes(layer.inputs * layer.size.reduce(1, *), seed: 4)
      let source = image(planes: x, channels: layer.inputs, size: layer.size)
      let target = GuardedBytes(count: kernel.outputSize.reduce(1, *) * ISA.quantizedPixel(layer.outputs))
      let scratch = GuardedBytes(count: kernel.scratchBytes)
      let (height, row) = (kernel.outputSize[1], target.count / max(kernel.outputSize[1], 1))
      for rows in [height / 2..<height, 0..<height / 2] {
        kernel.run(
          packed: packed.raw, input: source.reader, output: target.bytes + rows.lowerBound * row, rows: rows,
          scratch: scratch.raw)
      }
      let actual = signedValues(
        planeValues(image: target.values(UInt8.self), channels: layer.outputs, size: kernel.outputSize))
      let expected = try layer.expected(x)
      #expect(actual == expected, "\(layer) on \(isa)")
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
  ]

  @Test(arguments: ISA.available, [false, true])
  func stemsReadPlanesOfRealNumbers(isa: ISA, toInterleaved: Bool) throws {
    for layer in Self.stems {
      let kernel = try #require(
        QuantizedStemKernel(
          isa: isa, inputs: layer.inputs, outputs: layer.outputs, window: layer.window, inputSize: layer.size,
          input: layer.input, output: layer.output, activation: layer.activation, toInterleaved: toInterleaved))
      let packed = GuardedBytes(count: kernel.packedBytes)
      layer.weights.with { kernel.pack($0, into: packed.raw) }
      // Values past both ends of the range, and ties.
      let clip = testValues(layer.inputs * layer.size.reduce(1, *), seed: 4).enumerated().map { index, value in
        index % 5 == 0 ? (Float(index % 40 - 20) + 0.5) * layer.input.scale : value * 7
      }
      let x = clip.map { Reference.Quantized.quantize($0, layer.input) }
      let source = GuardedBytes(clip)
      let pixel = ISA.quantizedPixel(layer.outputs)
      let size = kernel.outputSize
      let layout = QuantizedClipLayout(isa: isa, channels: layer.outputs, size: size, quantization: layer.output)
      let row = toInterleaved ? layout.interleavedRowBytes : layout.rowBytes
      let target = GuardedBytes(count: size[1] * row)
      let scratch = GuardedBytes(count: kernel.scratchBytes)
      for rows in [size[1] / 2..<size[1], 0..<size[1] / 2] {
        kernel.run(
          packed: packed.raw, clip: source.pointer(Float.self), output: target.bytes + rows.lowerBound * row,
          rows: rows,
          scratch: scratch.raw)
      }
      var result = target
      if toInterleaved {
        result = GuardedBytes(count: size.reduce(1, *) * pixel)
        layout.fromInterleaved(interleaved: target.raw, image: result.bytes, rows: 0..<size[1])
      }
      let actual = signedValues(planeValues(image: result.values(UInt8.self), channels: layer.outputs, size: size))
      let expected = try layer.expected(x)
      #expect(actual == expected, "\(layer) on \(isa)")
      #expect(areIntact(packed, source, target, scratch), "\(layer) on \(isa)")
    }
  }

  @Test
  func stemsRefuseWindowsOverSeveralFrames() {
    let window = Window(kernel: [3, 3, 3], padding: [1, 1, 1])
    let kernel = QuantizedStemKernel(
      isa: .scalar, inputs: 3, outputs: 8, window: window, inputSize: [4, 8, 8], input: testQuantizations[0],
      output: testQuantizations[1], toInterleaved: false)
    #expect(kernel == nil)
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
