import CPU
import IR
import KernelTestSupport
import Testing

/// A depthwise layer on an input of one size.
private struct DepthwiseLayer: CustomStringConvertible {
  var channels = 5
  var size: [Int]
  var window: Window
  var zero = 0
  var activation: ActivationFunction?
  var givesInt16 = false
  var range = TestWeights.Range.narrow

  var description: String {
    "\(channels) channels, \(window) on \(size), quantization \(zero), \(activation.map { "\($0)" } ?? "none"), words "
      + "\(givesInt16), \(range)"
  }

  static let windows: [Window] = [
    Window(kernel: [3, 3, 3], padding: [1, 1, 1]),
    Window(kernel: [3, 3, 3], stride: [1, 2, 2], padding: [1, 1, 1]),
    Window(kernel: [5, 1, 1], padding: [2, 0, 0]), Window(kernel: [3, 1, 1], padding: [1, 0, 0]),
    Window(kernel: [1, 3, 3], padding: [0, 1, 1]), Window(kernel: [1, 1, 1]),
    Window(kernel: [5, 3, 5], stride: [1, 1, 3], padding: [2, 1, 2], dilation: [1, 2, 3]),
    Window(kernel: [3, 5, 4], stride: [1, 3, 2], padding: [1, 4, 5]), Window(kernel: [3, 3, 3], padding: [1, 0, 0]),
    // The largest with a frame-interleaved input.
    Window(kernel: [1, 16, 32], padding: [0, 8, 15]),
    // A stride along T.
    Window(kernel: [3, 3, 3], stride: [2, 2, 2], padding: [1, 1, 1]),
    Window(kernel: [3, 1, 1], stride: [2, 1, 1], padding: [1, 0, 0]),
    Window(kernel: [3, 3, 5], stride: [2, 1, 1], padding: [1, 1, 4], dilation: [1, 1, 2]),
    // These take pixels.
    Window(kernel: [1, 27, 19], padding: [0, 13, 9]),
    Window(kernel: [3, 3, 3]), Window(kernel: [7, 1, 1], padding: [3, 0, 0]),
    Window(kernel: [5, 3, 3], stride: [2, 1, 1], padding: [2, 1, 1]),
    Window(kernel: [3, 3, 3], stride: [3, 2, 2], padding: [2, 1, 1], dilation: [2, 1, 1]),
    Window(kernel: [3, 3], padding: [1, 1]),
    Window(
      kernel: [3, 3, 3], stride: [1, 1, 1], paddingBefore: [2, 1, 1], paddingAfter: [0, 1, 1], dilation: [1, 1, 1]),
  ]
  static let sizes = [
    [1, 1, 1], [1, 4, 6], [2, 1, 5], [3, 5, 2], [4, 5, 5], [5, 3, 7], [8, 2, 4], [13, 3, 3], [16, 2, 2],
  ]
  static let everyWindow: [DepthwiseLayer] = windows.enumerated().flatMap { index, window in
    sizes.enumerated().map { place, size in
      DepthwiseLayer(
        size: window.rank == 2 ? [1, size[1], size[2]] : size, window: window, zero: (index + place) % 4,
        activation: place % 2 == 0 ? .relu : nil, givesInt16: place % 3 == 0)
    }
  }
  static let everyWidth: [DepthwiseLayer] = windows.prefix(3).flatMap { window in
    (0..<68).map {
      DepthwiseLayer(channels: 3, size: [4, 3, 1 + $0 / 4], window: window, zero: $0 % 4, activation: .relu)
    }
  }
  static let everyFrameCount: [DepthwiseLayer] = (1...17).flatMap {
    [
      DepthwiseLayer(channels: 2, size: [$0, 2, 6], window: windows[0], givesInt16: true),
      DepthwiseLayer(channels: 2, size: [$0, 2, 3], window: windows[2], zero: 1),
      DepthwiseLayer(channels: 2, size: [$0, 3, 7], window: windows[pixels - 3], zero: 1, givesInt16: $0 % 2 == 0),
    ]
  }
  static let everyChannelCount: [DepthwiseLayer] = [1, 3, 4, 7, 8, 15, 16, 17, 33, 54].map {
    DepthwiseLayer(channels: $0, size: [4, 5, 5], window: windows[0], givesInt16: true)
  }
  static let everyActivation: [DepthwiseLayer] = [ActivationFunction.swish, .hardSwish, .sigmoid, .hardSigmoid].flatMap
  {
    [
      DepthwiseLayer(channels: 18, size: [5, 6, 7], window: windows[0], zero: 1, activation: $0),
      DepthwiseLayer(channels: 18, size: [5, 6, 7], window: windows[pixels], zero: 1, activation: $0),
      DepthwiseLayer(channels: 18, size: [5, 6, 7], window: windows[0], zero: 1, activation: $0, givesInt16: true),
      DepthwiseLayer(channels: 18, size: [7, 6, 7], window: windows[pixels - 4], activation: $0, givesInt16: true),
      DepthwiseLayer(channels: 18, size: [5, 6, 7], window: windows[pixels], activation: $0, givesInt16: true),
    ]
  }
  static let everyRange: [DepthwiseLayer] = TestWeights.Range.allCases.flatMap { range in
    (0..<12).map { index in
      DepthwiseLayer(
        channels: 7, size: [1 + index, 5, 7], window: windows[[0, 2, 4, 10][index % 4]], zero: index % 4,
        activation: [nil, .relu, .swish][index % 3], givesInt16: index % 2 == 0, range: range)
    }
  }
  /// The index of the first window that takes pixels.
  static let pixels = windows.firstIndex { !QuantizedDepthwiseKernel.takesInterleaved($0, frames: 1) } ?? 0
  /// Windows of as many frames as there are, as in the steps of a continual form.
  static let everyStep: [DepthwiseLayer] = (2...9).flatMap(steps)
  private static func steps(_ frames: Int) -> [DepthwiseLayer] {
    let windows = [
      Window(kernel: [frames, 3, 3], padding: [0, 1, 1]),
      Window(kernel: [frames, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1]),
      Window(kernel: [frames, 1, 1]),
      Window(kernel: [frames, 2, 5], stride: [2, 1, 3], padding: [0, 1, 4], dilation: [1, 1, 2]),
      // Rows further apart take pixels.
      Window(kernel: [frames, 3, 1], padding: [0, 2, 0], dilation: [1, 2, 1]),
    ]
    let activations: [ActivationFunction?] = [nil, .relu, .swish]
    return windows.enumerated().map { number, window in
      let channels = [18, 5, 33, 5, 5][number]
      return DepthwiseLayer(
        channels: channels, size: [frames, 5 + number % 2, 7 + number], window: window, zero: (frames + number) % 4,
        activation: activations[(frames + number) % 3], givesInt16: (frames + number) % 2 == 0)
    }
  }
  // A window that fits nowhere, and inputs without elements.
  static let emptyOnes: [DepthwiseLayer] = [
    DepthwiseLayer(size: [2, 2, 2], window: Window(kernel: [3, 3, 3])),
    DepthwiseLayer(size: [0, 4, 4], window: windows[2]), DepthwiseLayer(size: [4, 4, 0], window: windows[0]),
  ]
  static let all: [DepthwiseLayer] = [
    everyWindow, everyWidth, everyFrameCount, everyChannelCount, everyActivation, everyRange, everyStep, emptyOnes,
  ].flatMap { $0 }
}

struct QuantizedDepthwiseTests {
  @Test(arguments: ISA.available)
  func givesTheScalarMeaningsNumbers(isa: ISA) throws {
    for (seed, layer) in DepthwiseLayer.all.enumerated() {
      let run = try DepthwiseRun(layer, seed: UInt64(seed), isa: isa)
      let kernel = run.kernel
      let target = GuardedBytes(count: kernel.outputSize[1] * kernel.outputRowBytes)
      let pool = GuardedBytes([Int64](repeating: 7, count: kernel.pixel))
      let (height, vectors) = (kernel.outputSize[1], kernel.vectorCount)
      // Rows and channels in parts, the later ones first, and an empty one.
      for rows in [height / 3..<height, 0..<height / 3, 0..<0] {
        for part in [vectors / 2..<vectors, 0..<vectors / 2] {
          kernel.run(
            packed: run.packed.raw, input: run.input.reader, output: target.raw,
            pool: layer.givesInt16 ? pool.pointer(Int64.self) : nil, rows: rows, vectors: part)
        }
      }
      #expect(run.numbers(target) == run.expected, "\(layer) on \(isa)")
      #expect(areIntact(run.packed, run.input, target, pool), "\(layer) on \(isa)")
      if layer.givesInt16 {
        let positions = kernel.outputSize.reduce(1, *)
        let sums = (0..<layer.channels).map { channel in
          run.expected[channel * positions..<(channel + 1) * positions].reduce(7) { $0 + Int64($1) }
        }
        #expect(Array(pool.values(Int64.self).prefix(layer.channels)) == sums, "\(layer) on \(isa)")
      }
    }
  }

  /// 512 products of 255 and ±127 each, and biases at the ends of int32.
  @Test(arguments: ISA.available)
  func sumsOfTheLargestNumbersAreExact(isa: ISA) throws {
    let window = Window(kernel: [1, 16, 32])
    let (input, factor) = (QuantizationParameters(scale: 1, zeroPoint: -128), Float(1) / 70_000)
    let kernel = QuantizedDepthwiseKernel(
      isa: isa, channels: 4, window: window, inputSize: [1, 16, 32], input: input, output: .int16(scale: 70_000))
    #expect(kernel.takesInterleaved)
    let values = (0..<4).flatMap { [Int8](repeating: $0 % 2 == 0 ? 127 : -127, count: 512) }
    let bias: [Int32] = [1, -1, Int32.max - 20_000_000, Int32.min + 20_000_000]
    let packed = GuardedBytes(count: kernel.packedBytes)
    TestWeights(values: values, scales: [1, 1, 1, 1], bias: bias, count: 512).with { kernel.pack($0, into: packed.raw) }
    let pixels = GuardedBytes([UInt8](repeating: 255, count: 512 * 16))
    let interleaved = GuardedBytes(count: 16 * kernel.inputRowBytes)
    QuantizedClipLayout(isa: isa, channels: 4, size: [1, 16, 32], quantization: input)
      .toInterleaved(image: pixels.reader, interleaved: interleaved.raw, rows: 0..<16)
    let target = GuardedBytes(count: 32)
    kernel.run(packed: packed.raw, input: interleaved.raw, output: target.raw, rows: 0..<1)
    let expected = (0..<4).map { channel in
      Reference.Quantized.word(
        sum: bias[channel] + (channel % 2 == 0 ? 16_581_120 : -16_581_120), factor: factor, scale: 70_000,
        activation: nil)
    }
    #expect(Array(target.values(Int16.self).prefix(4)) == expected.map { Int16($0) })
  }

  @Test(arguments: ISA.available)
  func worksOnRingsOfRows(isa: ISA) throws {
    for window in [0, 1, 6, 11, DepthwiseLayer.pixels].map({ DepthwiseLayer.windows[$0] }) {
      let layer = DepthwiseLayer(channels: 9, size: [5, 11, 6], window: window, zero: 1, givesInt16: true)
      let run = try DepthwiseRun(layer, seed: 77, isa: isa)
      let kernel = run.kernel
      let (inputRow, outputRow) = (kernel.inputRowBytes, kernel.outputRowBytes)
      let ring = ImageRows(count: window.span(1), stride: inputRow + 48)
      let target = ImageRows(count: 2, stride: outputRow + 80)
      let input = GuardedBytes(count: ring.count * ring.stride)
      let output = GuardedBytes(count: target.count * target.stride)
      let whole = GuardedBytes(count: kernel.outputSize[1] * outputRow)
      var ready = 0
      for row in 0..<kernel.outputSize[1] {
        while ready < min(11, row * window.stride[1] - window.paddingBefore[1] + window.span(1)) {
          (input.bytes + ready % ring.count * ring.stride).update(
            from: run.input.reader + ready * inputRow, count: inputRow)
          ready += 1
        }
        kernel.run(
          packed: run.packed.raw, input: input.reader, inputRows: ring, output: output.raw, outputRows: target,
          rows: row..<row + 1)
        (whole.bytes + row * outputRow)
          .update(from: output.reader + row % target.count * target.stride, count: outputRow)
      }
      #expect(run.numbers(whole) == run.expected, "\(layer) on \(isa)")
      #expect(areIntact(input, output), "\(layer) on \(isa)")
    }
  }
}

/// A layer made ready for an instruction set, and the scalar meaning's numbers.
private struct DepthwiseRun {
  let layer: DepthwiseLayer
  let kernel: QuantizedDepthwiseKernel
  let packed: GuardedBytes
  let input: GuardedBytes
  let expected: [Int]

  init(_ layer: DepthwiseLayer, seed: UInt64, isa: ISA) throws {
    self.layer = layer
    let quantization = testQuantizations[layer.zero]
    let result = try #require(
      QuantizedResult(testQuantizations[(layer.zero + 3) % 4], activation: layer.activation))
    // Some words go over their range.
    let int16Scale: Float = 5e-6
    kernel = QuantizedDepthwiseKernel(
      isa: isa, channels: layer.channels, window: layer.window, inputSize: layer.size, input: quantization,
      output: layer.givesInt16 ? .int16(scale: int16Scale, activation: layer.activation) : .bytes(result))
    let taps = layer.window.kernel.reduce(1, *)
    let weights = TestWeights(outputs: layer.channels, count: taps, seed: 3 * seed).reaching(layer.range)
    packed = GuardedBytes(count: kernel.packedBytes)
    let (kernel, packed) = (kernel, packed)
    weights.with { kernel.pack($0, into: packed.raw) }

    let x = testBytes(layer.channels * layer.size.reduce(1, *), seed: 3 * seed + 2)
    let pixels = image(planes: x, channels: layer.channels, size: layer.size)
    if kernel.takesInterleaved {
      input = GuardedBytes(count: layer.size[1] * kernel.inputRowBytes)
      QuantizedClipLayout(isa: isa, channels: layer.channels, size: layer.size, quantization: quantization)
        .toInterleaved(image: pixels.reader, interleaved: input.raw, rows: 0..<layer.size[1])
    } else {
      input = pixels
    }
    let sums = Reference.Quantized.convolution(
      x, zeroPoint: quantization.zeroPoint, weight: weights.values, bias: weights.bias, window: layer.window,
      inputSize: layer.size, groups: layer.channels)
    let positions = max(kernel.outputSize.reduce(1, *), 1)
    expected = sums.enumerated().map { index, sum in
      let scale = weights.scales[index / positions]
      if layer.givesInt16 {
        let real = quantization.scale * scale
        let factor = QuantizedResult.wordFactor(real, scale: int16Scale, activation: layer.activation)
        return Int(
          Reference.Quantized.word(sum: sum, factor: factor, scale: int16Scale, activation: layer.activation))
      }
      return Reference.Quantized.byte(
        sum: sum, factor: expectedFactor(quantization.scale, scale, result), result: result
      ).map(Int.init) ?? .max
    }
  }

  /// The kernel's output in the order of `expected`.
  func numbers(_ output: GuardedBytes) -> [Int] {
    let size = kernel.outputSize
    if layer.givesInt16 {
      return planeValues(image: output.values(Int16.self), channels: layer.channels, size: size).map(Int.init)
    }
    return signedValues(planeValues(image: output.values(UInt8.self), channels: layer.channels, size: size)).map(
      Int.init)
  }
}
