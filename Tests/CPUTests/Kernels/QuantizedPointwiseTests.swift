import CPU
import IR
import KernelTestSupport
import Testing

/// A pointwise layer on some pixels.
private struct PointwiseLayer: CustomStringConvertible {
  var inputs: Int
  var outputs: Int
  var pixels: Int
  var zero = 0
  var activation: ActivationFunction?
  var hasResidual = false
  var prologue: ActivationFunction?
  var hasPrologue = false
  var isReal = false
  var range = TestWeights.Range.narrow

  var description: String {
    "\(inputs)→\(outputs) ×\(pixels), quantization \(zero), \(activation.map { "\($0)" } ?? "no activation"), residual "
      + "\(hasResidual), prologue \(hasPrologue) \(prologue.map { "\($0)" } ?? ""), real \(isReal), \(range)"
  }

  static let widths = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 24, 31, 33, 54]
  static let activations: [ActivationFunction?] = [nil, .relu, .swish, .hardSwish, .sigmoid, .hardSigmoid]
  static let everyWidth: [PointwiseLayer] = widths.map {
    PointwiseLayer(inputs: $0, outputs: 20, pixels: 9, zero: 1, activation: .relu)
  }
  static let everyOutputWidth: [PointwiseLayer] = [1, 15, 16, 17, 32, 33, 48, 54, 80, 108, 130].map {
    PointwiseLayer(inputs: 12, outputs: $0, pixels: 17, activation: .relu, hasResidual: true)
  }
  static let everyTile: [PointwiseLayer] = (0...45).map { PointwiseLayer(inputs: 6, outputs: 34, pixels: $0, zero: 2) }
  static let everyBlock: [PointwiseLayer] = [83, 84, 85, 200].map {
    PointwiseLayer(inputs: 24, outputs: 54, pixels: $0, zero: 3, activation: .relu)
  }
  static let everyActivation: [PointwiseLayer] = activations.flatMap { activation in
    (0..<8).map { index in
      PointwiseLayer(
        inputs: 18, outputs: 33, pixels: 15, zero: index % 4, activation: activation, hasResidual: index < 4)
    }
  }
  static let everyPrologue: [PointwiseLayer] = activations.map {
    PointwiseLayer(inputs: 18, outputs: 33, pixels: 30, zero: 1, prologue: $0, hasPrologue: true)
  }
  static let everyRealResult: [PointwiseLayer] = activations.map {
    PointwiseLayer(inputs: 18, outputs: 33, pixels: 7, zero: 1, activation: $0, isReal: true)
  }
  static let everyRange: [PointwiseLayer] = TestWeights.Range.allCases.flatMap { range in
    (0..<12).map { index in
      PointwiseLayer(
        inputs: 18, outputs: 20 + index, pixels: 11 + index, zero: index % 4, activation: activations[index % 3],
        hasResidual: index % 2 == 0, range: range)
    }
  }
  static let all: [PointwiseLayer] = [
    everyWidth, everyOutputWidth, everyTile, everyBlock, everyActivation, everyPrologue, everyRealResult, everyRange,
  ].flatMap { $0 }
}

struct QuantizedPointwiseTests {
  @Test(arguments: ISA.available)
  func givesTheScalarMeaningsBytes(isa: ISA) throws {
    for (seed, layer) in PointwiseLayer.all.enumerated() {
      let input = testQuantizations[layer.zero]
      let output = testQuantizations[(layer.zero + 1) % 4]
      let added = testQuantizations[(layer.zero + 2) % 4]
      let result = try #require(QuantizedResult(layer.isReal ? nil : output, activation: layer.activation))
      let prologue =
        layer.hasPrologue ? QuantizedPointwiseKernel.Prologue(scale: 0.001, activation: layer.prologue) : nil
      let kernel = QuantizedPointwiseKernel(
        isa: isa, inputs: layer.inputs, outputs: layer.outputs, input: input, result: result,
        residual: layer.hasResidual ? added : nil, prologue: prologue)
      let weights = TestWeights(outputs: layer.outputs, count: layer.inputs, seed: UInt64(seed)).reaching(layer.range)
      let packed = GuardedBytes(count: kernel.packedBytes)
      weights.with { kernel.pack($0, into: packed.raw) }

      // With a prologue, int16 and the factors of a gate.
      let size = [1, 1, layer.pixels]
      var x = testBytes(layer.inputs * layer.pixels, seed: UInt64(seed + 500))
      var source = image(planes: x, channels: layer.inputs, size: size)
      let gate = testValues(ISA.quantizedPixel(layer.inputs), seed: 5).map { 1 + $0 / 2 }
      if layer.hasPrologue {
        let words = testValues(source.count, seed: UInt64(seed)).map { Int16($0 * 9000) }
        source = GuardedBytes(words)
        x = planeValues(image: words, channels: layer.inputs, size: size).enumerated().map { index, word in
          Reference.Quantized.byte(
            word: word, factor: 0.001 * gate[index / layer.pixels], activation: layer.prologue, input)
        }
      }
      let residual = testBytes(layer.outputs * layer.pixels, seed: UInt64(seed + 900))
      let residualImage = image(planes: residual, channels: layer.outputs, size: size)
      let target = GuardedBytes(count: layer.pixels * ISA.quantizedPixel(layer.outputs) * (layer.isReal ? 4 : 1))
      let scratch = GuardedBytes(count: kernel.scratchBytes)
      let panels = kernel.panelCount
      for part in [panels / 2..<panels, 0..<panels / 2] {
        kernel.run(
          packed: packed.raw, input: source.raw, count: layer.pixels, gate: gate,
          residual: layer.hasResidual ? residualImage.reader : nil, output: target.raw, scratch: scratch.raw,
          panels: part)
      }
      #expect(areIntact(packed, source, residualImage, target, scratch), "\(layer) on \(isa)")

      let sums = Reference.Quantized.convolution(
        x, zeroPoint: input.zeroPoint, weight: weights.values, bias: weights.bias, window: Window(kernel: [1, 1]),
        inputSize: size, groups: 1)
      let factors = weights.scales.map { expectedFactor(input.scale, $0, result) }
      if layer.isReal {
        let expected = sums.enumerated().map {
          Reference.Quantized.real(sum: $1, factor: factors[$0 / layer.pixels], activation: layer.activation)
        }
        let actual = planeValues(image: target.values(Float.self), channels: layer.outputs, size: size)
        #expect(actual == expected, "\(layer) on \(isa)")
      } else {
        let expected = sums.enumerated().map { index, sum in
          let addend = Float(Int(residual[index]) - Int(added.zeroPoint)) * expectedFactor(added.scale, 1, result)
          return Reference.Quantized.byte(
            sum: sum, factor: factors[index / layer.pixels], addend: layer.hasResidual ? addend : nil, result: result)
        }
        let actual = signedValues(planeValues(image: target.values(UInt8.self), channels: layer.outputs, size: size))
        #expect(actual == expected, "\(layer) on \(isa)")
      }
    }
  }

  @Test(arguments: ISA.available)
  func writesRowsFrameInterleaved(isa: ISA) throws {
    for frames in [1, 2, 3, 4, 5, 7, 8, 13, 16] {
      for (width, outputs) in [(1, 5), (2, 40), (3, 54), (5, 16), (7, 108), (22, 33), (43, 20)] {
        for (activation, range) in [
          (ActivationFunction.relu, TestWeights.Range.narrow), (.hardSwish, .narrow), (.relu, .wideSums),
          (.relu, .wideResults),
        ] {
          let output = QuantizationParameters(scale: 0.03, zeroPoint: activation == .relu ? -128 : -90)
          let input = testQuantizations[frames % 4]
          let result = try #require(QuantizedResult(output, activation: activation))
          let kernel = QuantizedPointwiseKernel(isa: isa, inputs: 10, outputs: outputs, input: input, result: result)
          let weights = TestWeights(outputs: outputs, count: 10, seed: 3).reaching(range)
          let packed = GuardedBytes(count: kernel.packedBytes)
          weights.with { kernel.pack($0, into: packed.raw) }
          let source = image(
            planes: testBytes(10 * frames * width, seed: 8), channels: 10, size: [frames, 1, width])
          let pixel = ISA.quantizedPixel(outputs)
          let pixels = GuardedBytes(count: frames * width * pixel)
          let layout = QuantizedClipLayout(
            isa: isa, channels: outputs, size: [frames, 1, width], quantization: output)
          let interleaved = GuardedBytes(count: layout.interleavedRowBytes)
          let expected = GuardedBytes(count: layout.interleavedRowBytes)
          let again = GuardedBytes(count: frames * width * pixel)
          let scratch = GuardedBytes(count: kernel.scratchBytes)
          kernel.run(
            packed: packed.raw, input: source.raw, count: frames * width, output: pixels.raw, scratch: scratch.raw)
          kernel.runToInterleaved(
            packed: packed.raw, input: source.reader, frames: frames, width: width, output: interleaved.raw,
            scratch: scratch.raw)
          // The pixels are right by the test above; here it is about their places.
          layout.toInterleaved(image: pixels.reader, interleaved: expected.raw, rows: 0..<1)
          layout.fromInterleaved(interleaved: interleaved.raw, image: again.bytes, rows: 0..<1)
          let name = "\(frames) frames, \(width) columns, \(outputs) channels, \(activation), \(range) on \(isa)"
          let isReal = { (index: Int) in index / 4 % pixel < outputs }
          let (found, right) = (interleaved.values(UInt8.self), expected.values(UInt8.self))
          #expect(found.indices.allSatisfy { !isReal($0) || found[$0] == right[$0] }, "\(name)")
          let planes = [again, pixels].map {
            planeValues(image: $0.values(UInt8.self), channels: outputs, size: [frames, 1, width])
          }
          #expect(planes[0] == planes[1], "\(name)")
          #expect(areIntact(source, interleaved, pixels, expected, again, scratch))
        }
      }
    }
  }

  @Test(arguments: ISA.available)
  func sumsOfTheLargestNumbersAreExact(isa: ISA) throws {
    // 432 products of 255 and ±127 each, and biases at the ends of int32.
    let input = QuantizationParameters(scale: 1, zeroPoint: -128)
    let result = try #require(QuantizedResult(QuantizationParameters(scale: 300_000, zeroPoint: 3)))
    let kernel = QuantizedPointwiseKernel(isa: isa, inputs: 432, outputs: 4, input: input, result: result)
    let values = (0..<4).flatMap { [Int8](repeating: $0 % 2 == 0 ? 127 : -127, count: 432) }
    let (scales, bias): ([Float], [Int32]) = ([1, 1, 1, 1], [0, 0, Int32.max - 20_000_000, Int32.min + 20_000_000])
    let packed = GuardedBytes(count: kernel.packedBytes)
    TestWeights(values: values, scales: scales, bias: bias, count: 432).with { kernel.pack($0, into: packed.raw) }
    let source = GuardedBytes([UInt8](repeating: 255, count: 432))
    let target = GuardedBytes(count: 16)
    let scratch = GuardedBytes(count: kernel.scratchBytes)
    kernel.run(packed: packed.raw, input: source.raw, count: 1, output: target.raw, scratch: scratch.raw)
    let sums = [13_990_320, -13_990_320, Int(bias[2]) + 13_990_320, Int(bias[3]) - 13_990_320]
    let expected = sums.map { sum in
      Reference.Quantized.byte(sum: Int32(sum), factor: 1 / Float(300_000), result: result)
    }
    let actual = signedValues(target.values(UInt8.self)).prefix(4).map { Optional($0) }
    #expect(actual == expected)
  }
}

/// From sums to units of the result, written out.
func expectedFactor(_ inputScale: Float, _ weightScale: Float, _ result: QuantizedResult) -> Float {
  let real = inputScale * weightScale
  guard let output = result.quantization, result.activation == nil || result.activation == .relu else { return real }
  return real / output.scale
}
