import CPU
import Foundation
import IR
import KernelTestSupport
import Tensors
import Testing

struct QuantizedElementwiseTests {
  @Test(arguments: ISA.available)
  func sumsGiveTheScalarMeaningsBytes(isa: ISA) throws {
    // Every pair of bytes.
    let a = (0..<65536).map { Int8(truncatingIfNeeded: $0) }
    let b = (0..<65536).map { Int8(truncatingIfNeeded: $0 >> 8) }
    let activations: [ActivationFunction?] = [nil, .relu, .swish, .hardSwish, .sigmoid, .hardSigmoid]
    for (index, activation) in activations.enumerated() {
      let (left, right) = (testQuantizations[index % 4], testQuantizations[(index + 1) % 4])
      let output = testQuantizations[(index + 2) % 4]
      let kernel = try #require(QuantizedAdditionKernel(isa: isa, left, right, output: output, activation: activation))
      let result = try #require(QuantizedResult(output, activation: activation))
      let target = GuardedBytes(a.map(QuantizationParameters.stored))
      let other = GuardedBytes(b.map(QuantizationParameters.stored))
      kernel.run(target.reader, other.reader, output: target.bytes, count: 65536)
      let expected = zip(a, b).map { Reference.Quantized.sum($0, left, $1, right, result: result) }
      #expect(signedValues(target.values(UInt8.self)) == expected, "\(activation.map { "\($0)" } ?? "none") on \(isa)")
      #expect(areIntact(target, other))
    }
  }

  @Test(arguments: ISA.available)
  func bytesInAnotherQuantizationGiveTheScalarMeaningsBytes(isa: ISA) throws {
    let activations: [ActivationFunction?] = [nil, .relu, .swish, .hardSwish, .sigmoid, .hardSigmoid]
    for (index, channels) in [1, 15, 16, 33, 64, 100, 144].enumerated() {
      let (input, output) = (testQuantizations[index % 4], testQuantizations[(index + index / 4) % 4])
      for activation in activations {
        let kernel = try #require(
          QuantizedRescalingKernel(isa: isa, input: input, output: output, activation: activation))
        let result = try #require(QuantizedResult(output, activation: activation))
        let x = Tensor((0..<256 * channels).map { Int8(truncatingIfNeeded: $0) }, shape: [256, channels])
        let source = GuardedBytes(x.elements(as: Int8.self).map(QuantizationParameters.stored))
        // Between other channels of wider pixels.
        let target = GuardedBytes(count: 256 * (channels + 7))
        kernel.run(
          source.reader, pixel: channels, output: target.bytes + 5, pixel: channels + 7, channels: channels, count: 256)
        let expected = Reference.Quantized.rescale(x, input, result: result).elements(as: Int8.self)
        for pixel in 0..<256 {
          let found = Array(UnsafeBufferPointer(start: target.reader + pixel * (channels + 7), count: channels + 7))
          let others = found.prefix(5) + found.suffix(2)
          let isRight =
            signedValues(Array(found[5..<5 + channels])) == Array(expected[pixel * channels..<(pixel + 1) * channels])
          #expect(
            isRight && others.allSatisfy { $0 == GuardedBytes.canary },
            "\(channels), \(activation.map { "\($0)" } ?? "none") on \(isa)")
        }
        #expect(areIntact(source, target))
      }
    }
  }

  @Test(arguments: ISA.available)
  func clipsAreQuantisedAndBack(isa: ISA) {
    for (channels, width) in [(3, 5), (16, 16), (17, 33), (1, 1), (40, 7)] {
      for quantization in testQuantizations {
        let size = [5, 2, width]
        let layout = QuantizedClipLayout(isa: isa, channels: channels, size: size, quantization: quantization)
        var clip = testValues(channels * size.reduce(1, *), seed: 3).map { $0 * 6 }
        clip[0] = 1e30
        clip[1] = -.infinity
        let source = GuardedBytes(clip)
        let pixels = GuardedBytes(count: size[1] * layout.rowBytes)
        let interleaved = GuardedBytes(count: size[1] * layout.interleavedRowBytes)
        let again = GuardedBytes(count: pixels.count)
        let back = GuardedBytes(count: source.count)
        for rows in [1..<2, 0..<1] {
          layout.toPixels(planes: source.pointer(Float.self), image: pixels.bytes, rows: rows)
          layout.toInterleaved(image: pixels.reader, interleaved: interleaved.raw, rows: rows)
          layout.fromInterleaved(interleaved: interleaved.raw, image: again.bytes, rows: rows)
          layout.toPlanes(image: pixels.reader, planes: back.pointer(Float.self), rows: rows)
        }
        let expected = clip.map { Reference.Quantized.quantize($0, quantization) }
        let actual = signedValues(planeValues(image: pixels.values(UInt8.self), channels: channels, size: size))
        #expect(actual == expected, "\(channels) × \(size) on \(isa)")
        let padding = ISA.quantizedPixel(channels) - channels
        #expect(pixels.values(UInt8.self).suffix(padding).allSatisfy { $0 == quantization.storedZero })
        #expect(again.values(UInt8.self) == pixels.values(UInt8.self))
        let real = expected.map { Reference.Quantized.dequantize($0, quantization) }
        #expect(back.values(Float.self) == real, "\(channels) × \(size) on \(isa)")
        #expect(areIntact(source, pixels, interleaved, again, back))
      }
    }
  }

  @Test(arguments: ISA.available)
  func pixelsAreQuantisedAndBack(isa: ISA) {
    for (channels, width) in [(3, 5), (16, 16), (17, 3), (1, 1), (40, 7)] {
      for (quantization, realPixel) in zip(
        testQuantizations, [channels, (channels + 3) / 4 * 4, ISA.quantizedPixel(channels)])
      {
        let size = [3, 2, width]
        let layout = QuantizedClipLayout(isa: isa, channels: channels, size: size, quantization: quantization)
        let places = size.reduce(1, *)
        let bytePixel = ISA.quantizedPixel(channels)
        var numbers = testValues(places * realPixel, seed: 4).map { $0 * 6 }
        numbers[0] = -1e30
        let source = GuardedBytes(numbers)
        let bytes = GuardedBytes(count: places * bytePixel)
        let words = GuardedBytes((0..<places * bytePixel).map { Int16(truncatingIfNeeded: $0 &* 7919) })
        let back = GuardedBytes(count: source.count)
        let scaled = GuardedBytes(count: source.count)
        let floats = GuardedBytes((0..<places * bytePixel).map { Float($0) })
        let copied = GuardedBytes(count: source.count)
        for rows in [1..<2, 0..<1] {
          layout.toPixels(reals: source.pointer(Float.self), pixel: realPixel, image: bytes.bytes, rows: rows)
          layout.toReals(
            image: bytes.reader, reals: back.pointer(Float.self), pixel: realPixel, rows: rows)
          layout.toReals(
            image: words.reader, .int16(scale: 0.03), reals: scaled.pointer(Float.self), pixel: realPixel, rows: rows)
          layout.toReals(
            image: floats.reader, .floats, reals: copied.pointer(Float.self), pixel: realPixel, rows: rows)
        }
        let (found, real) = (signedValues(bytes.values(UInt8.self)), back.values(Float.self))
        let (integers, products) = (words.values(Int16.self), scaled.values(Float.self))
        let same = copied.values(Float.self)
        var isRight = true
        for place in 0..<places {
          for c in 0..<channels {
            let byte = found[place * bytePixel + c]
            isRight = isRight && byte == Reference.Quantized.quantize(numbers[place * realPixel + c], quantization)
            isRight = isRight && real[place * realPixel + c] == Reference.Quantized.dequantize(byte, quantization)
            isRight =
              isRight && products[place * realPixel + c] == Float(integers[place * bytePixel + c]) * 0.03
              && same[place * realPixel + c] == Float(place * bytePixel + c)
          }
        }
        #expect(isRight, "\(channels) channels, \(realPixel) floats, on \(isa)")
        #expect(areIntact(source, bytes, words, floats, back, scaled, copied))
      }
    }
  }

  @Test(arguments: ISA.available)
  func poolingGivesTheScalarMeaningsBytes(isa: ISA) {
    let windows = [
      (Window(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1]), [3, 4, 5]),
      (Window(kernel: [3, 2, 2], stride: [1, 2, 2]), [4, 5, 4]), (Window(kernel: [4, 5, 5]), [4, 5, 5]),
      (Window(kernel: [2, 3, 3], padding: [1, 1, 1], dilation: [1, 2, 1]), [2, 5, 3]),
    ]
    for (index, (window, size)) in windows.enumerated() {
      for countsPadding in [false, true] {
        for channels in [3, 16, 37] {
          let (input, output) = (testQuantizations[index], testQuantizations[(index + 1) % 4])
          let outputSize = (0..<3).map { window.outputLength(size[$0], axis: $0) }
          let x = testBytes(channels * size.reduce(1, *), seed: 12)
          let source = image(planes: x, channels: channels, size: size)
          for function in PoolingFunction.allCases {
            let kernel = QuantizedPoolingKernel(
              isa: isa, function, channels: channels, window: window, inputSize: size, outputSize: outputSize,
              countsPadding: countsPadding, input: input, output: output)
            let target = GuardedBytes(count: outputSize.reduce(1, *) * ISA.quantizedPixel(channels))
            kernel.run(input: source.reader, output: target.bytes, rows: 0..<outputSize[1])
            let taps = window.kernel.reduce(1, *)
            var expected: [Int8] = []
            for channel in 0..<channels {
              let plane = Array(x[channel * size.reduce(1, *)..<(channel + 1) * size.reduce(1, *)])
              for group in windowed(plane, size: size, window: window) {
                expected.append(
                  function == .maximum
                    ? group.max() ?? 0
                    : Reference.Quantized.average(
                      group, divisor: countsPadding ? taps : group.count, input, output: output))
              }
            }
            let actual = signedValues(
              planeValues(image: target.values(UInt8.self), channels: channels, size: outputSize))
            // A dilated window that hangs over the padded end has a divisor of its own; PyTorch has no such windows.
            if !countsPadding || window.dilation == [1, 1, 1] || function == .maximum {
              #expect(actual == expected, "\(function) \(window) on \(isa)")
            }
            #expect(areIntact(source, target))
          }
        }
      }
    }
  }

  /// The values under each window, those in the padding left out.
  private func windowed(_ plane: [Int8], size: [Int], window: Window) -> [[Int8]] {
    let indices = { (axis: Int) in
      (0..<window.outputLength(size[axis], axis: axis)).map { output in
        (0..<window.kernel[axis]).map {
          output * window.stride[axis] - window.paddingBefore[axis] + $0 * window.dilation[axis]
        }
        .filter { (0..<size[axis]).contains($0) }
      }
    }
    return indices(0).flatMap { ts in
      indices(1).flatMap { hs in
        indices(2).map { ws in
          ts.flatMap { t in hs.flatMap { h in ws.map { w in plane[(t * size[1] + h) * size[2] + w] } } }
        }
      }
    }
  }

  @Test(arguments: ISA.available)
  func poolingToASizeTakesEveryInput(isa: ISA) {
    let (input, output) = (testQuantizations[1], testQuantizations[3])
    let kernel = QuantizedPoolingKernel(
      isa: isa, .average, channels: 2, inputSize: [1, 5, 7], adaptiveTo: [1, 1, 2], input: input, output: output)
    let x = testBytes(70, seed: 1)
    let source = image(planes: x, channels: 2, size: [1, 5, 7])
    let target = GuardedBytes(count: 32)
    kernel.run(input: source.reader, output: target.bytes, rows: 0..<1)
    let expected = (0..<2).flatMap { channel in
      [0..<4, 3..<7].map { columns in
        let inside = (0..<35).filter { columns.contains($0 % 7) }.map { x[channel * 35 + $0] }
        return Reference.Quantized.average(inside, divisor: 20, input, output: output)
      }
    }
    #expect(signedValues(planeValues(image: target.values(UInt8.self), channels: 2, size: [1, 1, 2])) == expected)
  }

  @Test(arguments: ISA.available)
  func meansAreOfExactSums(isa: ISA) {
    let (channels, count) = (21, 1000)
    let quantization = testQuantizations[1]
    let kernel = QuantizedMeanKernel(isa: isa, channels: channels)
    let x = testBytes(channels * count, seed: 2)
    let source = image(planes: x, channels: channels, size: [1, 1, count])
    let parts = GuardedBytes([Int64](repeating: 0, count: 2 * kernel.partCount))
    kernel.add(pixels: source.reader, count: 300, to: parts.pointer(Int64.self))
    kernel.add(
      pixels: source.reader + 300 * kernel.partCount, count: 700, to: parts.pointer(Int64.self) + kernel.partCount)
    let mean = GuardedBytes([Float](repeating: 0, count: kernel.partCount))
    kernel.combine(
      parts: parts.pointer(Int64.self), stride: kernel.partCount, count: 2, positions: count,
      scale: quantization.scale, zero: quantization.storedZero, into: mean.pointer(Float.self))
    let expected = (0..<channels).map { channel in
      let sum = x[channel * count..<(channel + 1) * count].reduce(0) { $0 + Int($1) - Int(quantization.zeroPoint) }
      return Float(Double(sum) * Double(quantization.scale) / Double(count))
    }
    #expect(Array(mean.values(Float.self).prefix(channels)) == expected)
    #expect(areIntact(source, parts, mean))
  }

  @Test
  func theSwishIsCloseToTheFunction() {
    // Through a prologue whose steps are fine enough to see the polynomial itself.
    let fine = QuantizationParameters(scale: 0.002, zeroPoint: 0)
    for word in stride(from: -30000, through: 30000, by: 7) {
      let x = Float(word) * 0.0005
      let exact = Double(x) / (1 + exp(-Double(x)))
      let byte = Reference.Quantized.byte(word: Int16(word), factor: 0.0005, activation: .swish, fine)
      if abs(exact) > 0.25 { continue }
      let error = abs(Double(Reference.Quantized.dequantize(byte, fine)) - exact)
      #expect(error <= 0.001 + (abs(x) <= 0.25 ? 4e-5 : abs(x) <= 4 ? 3.6e-4 : 4.5e-3), "at \(x)")
    }
  }

  @Test(arguments: [ActivationFunction.gelu, .tanh])
  func activationsWithoutAnExactFormAreRefused(activation: ActivationFunction) {
    #expect(QuantizedResult(testQuantizations[0], activation: activation) == nil)
    #expect(QuantizedPointwiseKernel.Prologue(scale: 1, activation: activation) == nil)
  }
}
