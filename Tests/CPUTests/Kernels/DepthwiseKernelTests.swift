import CPU
import IR
import KernelTestSupport
import Tensors
import Testing

/// A depthwise layer on an input of one size.
struct DepthwiseCase: CustomTestStringConvertible, Sendable {
  var channels = 5
  var size: [Int]
  var window: Window
  var activation: ActivationFunction?

  var testDescription: String {
    "\(channels) channels, \(window) on \(size), \(activation.map { "\($0)" } ?? "no activation")"
  }
}

struct DepthwiseKernelTests {
  static let cube = Window(kernel: [3, 3, 3], padding: [1, 1, 1])
  static let cubeStride2 = Window(kernel: [3, 3, 3], stride: [1, 2, 2], padding: [1, 1, 1])
  static let temporal5 = Window(kernel: [5, 1, 1], padding: [2, 0, 0])

  static let windows: [Window] = [
    cube, cubeStride2, temporal5, Window(kernel: [3, 1, 1], padding: [1, 0, 0]),
    // Without padding, and with more than the window needs.
    Window(kernel: [3, 3, 3]), Window(kernel: [3, 3, 3], padding: [2, 4, 5]),
    // Only frames that were before.
    Window(
      kernel: [3, 3, 3], stride: [1, 1, 1], paddingBefore: [2, 1, 1], paddingAfter: [0, 1, 1], dilation: [1, 1, 1]),
    // The sides differ in everything.
    Window(
      kernel: [2, 5, 4], stride: [1, 3, 2], paddingBefore: [1, 0, 3], paddingAfter: [0, 4, 1], dilation: [1, 2, 1]),
    Window(kernel: [5, 3, 5], stride: [1, 1, 3], padding: [2, 1, 2], dilation: [1, 2, 3]),
    // What the bodies of 3 and 5 frames can't do.
    Window(kernel: [3, 3, 3], stride: [2, 1, 1], padding: [1, 1, 1]),
    Window(kernel: [3, 3, 3], stride: [3, 2, 2], padding: [2, 1, 1], dilation: [2, 1, 1]),
    Window(kernel: [5, 1, 1], padding: [4, 0, 0], dilation: [2, 1, 1]), Window(kernel: [7, 1, 1], padding: [3, 0, 0]),
    Window(kernel: [1, 3, 3], padding: [0, 1, 1]), Window(kernel: [1, 5, 5], stride: [1, 2, 2], padding: [0, 2, 2]),
    Window(kernel: [1, 1, 1]), Window(kernel: [4, 2, 2], padding: [2, 1, 1]),
  ]
  static let everyWindow: [DepthwiseCase] = windows.flatMap { window in
    [[1, 1, 1], [1, 4, 6], [2, 1, 5], [3, 5, 2], [4, 5, 5], [5, 3, 7], [8, 2, 4], [13, 3, 3]].map {
      DepthwiseCase(size: $0, window: window)
    }
  }
  static let everyWidth: [DepthwiseCase] = [cube, cubeStride2, temporal5].flatMap { window in
    (1...23).map { DepthwiseCase(channels: 3, size: [4, 3, $0], window: window, activation: .relu) }
  }
  static let everyFrameCount: [DepthwiseCase] = [cube, cubeStride2, temporal5].flatMap { window in
    (1...17).map { DepthwiseCase(channels: 2, size: [$0, 2, 6], window: window) }
  }
  static let everyChannelCount: [DepthwiseCase] = [1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 54].map {
    DepthwiseCase(channels: $0, size: [4, 5, 5], window: cube, activation: .relu)
  }
  static let everyActivation: [DepthwiseCase] = ([nil] + ActivationFunction.allCases).map {
    DepthwiseCase(channels: 18, size: [5, 6, 7], window: cube, activation: $0)
  }
  static let oddOnes: [DepthwiseCase] = [
    DepthwiseCase(size: [1, 7, 9], window: Window(kernel: [3, 3], padding: [1, 1]), activation: .hardSwish),
    // Too long for a cache: frames are computed in several parts.
    DepthwiseCase(channels: 70, size: [18, 4, 90], window: cube),
    DepthwiseCase(
      channels: 33, size: [29, 3, 120], window: Window(kernel: [3, 3, 3], stride: [2, 1, 2], padding: [1, 1, 1])),
    // A window that fits nowhere, and inputs without elements.
    DepthwiseCase(size: [2, 2, 2], window: Window(kernel: [3, 3, 3])),
    DepthwiseCase(size: [0, 4, 4], window: temporal5), DepthwiseCase(size: [4, 4, 0], window: cube),
    DepthwiseCase(size: [4, 0, 4], window: cube),
  ]
  static let cases: [DepthwiseCase] =
    everyWindow + everyWidth + everyFrameCount + everyChannelCount + everyActivation + oddOnes

  @Test(arguments: KernelSet.all)
  func agreesWithTheReference(kernels: KernelSet) {
    for (index, layer) in Self.cases.enumerated() {
      let run = DepthwiseRun(layer, seed: UInt64(index), kernels: kernels)
      let output = GuardedBuffer(count: run.kernel.outputSize.reduce(1, *) * run.kernel.pixelCount, kernels.format)
      let height = run.kernel.outputSize[1]
      let vectors = run.kernel.vectorCount
      // Rows and channels in parts, the later ones first, and an empty one.
      for rows in [height / 3..<height, 0..<height / 3, 0..<0] {
        for part in [vectors / 2..<vectors, 0..<vectors / 2] {
          run.kernel.run(
            packed: run.packed.reader, input: run.input.reader, output: output.pointer, rows: rows, vectors: part)
        }
      }
      let error = relativeError(rows(output, channels: layer.channels, kernels), run.expected)
      #expect(error <= kernels.tolerance, "\(layer.testDescription) on \(kernels.testDescription)")
      #expect(areIntact(run.packed, run.input, output), "\(layer.testDescription) on \(kernels.testDescription)")
    }
  }

  @Test(arguments: KernelSet.all)
  func addsUpWhatItWrites(kernels: KernelSet) {
    for (index, layer) in (Self.everyActivation + Self.everyFrameCount + Self.everyChannelCount).enumerated() {
      let run = DepthwiseRun(layer, seed: UInt64(index), kernels: kernels)
      let output = GuardedBuffer(count: run.kernel.outputSize.reduce(1, *) * run.kernel.pixelCount, kernels.format)
      let pool = GuardedBuffer([Float](repeating: 0.5, count: run.kernel.pixelCount))
      for row in 0..<run.kernel.outputSize[1] {
        run.kernel.run(
          packed: run.packed.reader, input: run.input.reader, output: output.pointer, pool: pool.floats,
          rows: row..<row + 1)
      }
      for channel in 0..<layer.channels {
        let values = stride(from: channel, to: run.expected.count, by: layer.channels).map {
          Double(run.expected[$0])
        }
        let size = values.reduce(0.5) { $0 + abs($1) }
        let error = abs(Double(pool.values[channel]) - values.reduce(0.5, +))
        // Of what is in the registers, which halves round when it is stored.
        let tolerance = kernels.format == .float32 ? 1e-6 : 1e-3
        #expect(
          error <= tolerance * size, "channel \(channel) of \(layer.testDescription) on \(kernels.testDescription)")
      }
      #expect(areIntact(output, pool), "\(layer.testDescription) on \(kernels.testDescription)")
    }
  }

  @Test(arguments: KernelSet.all)
  func worksOnRingsOfRows(kernels: KernelSet) {
    let windows = [
      Self.cube, Self.cubeStride2, Self.temporal5,
      Window(kernel: [1, 3, 3], padding: [0, 2, 1], dilation: [1, 2, 1]),
    ]
    for window in windows {
      let layer = DepthwiseCase(channels: 9, size: [5, 11, 6], window: window, activation: .swish)
      let run = DepthwiseRun(layer, seed: 77, kernels: kernels)
      let (kernel, pixel) = (run.kernel, run.kernel.pixelCount)
      let (inputRow, outputRow) = (5 * 6 * pixel, kernel.outputSize[0] * kernel.outputSize[2] * pixel)
      let ring = ImageRows(count: window.span(1), stride: inputRow + 8)
      let target = ImageRows(count: 2, stride: outputRow + 24)
      let input = GuardedBuffer(count: ring.count * ring.stride, kernels.format)
      let output = GuardedBuffer(count: target.count * target.stride, kernels.format)
      let whole = GuardedBuffer(count: kernel.outputSize[1] * outputRow, kernels.format)
      var ready = 0
      for row in 0..<kernel.outputSize[1] {
        while ready < min(11, row * window.stride[1] - window.paddingBefore[1] + window.span(1)) {
          input.copy(inputRow, from: run.input, at: ready * inputRow, to: ready % ring.count * ring.stride)
          ready += 1
        }
        kernel.run(
          packed: run.packed.reader, input: input.reader, inputRows: ring, output: output.pointer, outputRows: target,
          rows: row..<row + 1)
        whole.copy(outputRow, from: output, at: row % target.count * target.stride, to: row * outputRow)
      }
      let error = relativeError(rows(whole, channels: layer.channels, kernels), run.expected)
      #expect(error <= kernels.tolerance, "\(layer.testDescription) on \(kernels.testDescription)")
      #expect(areIntact(input, output), "\(layer.testDescription) on \(kernels.testDescription)")
      #expect(output.isUntouched(outputRow..<target.stride), "\(layer.testDescription) on \(kernels.testDescription)")
    }
  }

  @Test func givesTheSameBitsOnEveryISA() {
    for layer in Self.everyWindow + Self.everyActivation {
      let results = KernelSet.float32.map { kernels in
        let run = DepthwiseRun(layer, seed: 5, kernels: kernels)
        let output = GuardedBuffer(count: run.kernel.outputSize.reduce(1, *) * run.kernel.pixelCount, kernels.format)
        run.kernel.run(
          packed: run.packed.reader, input: run.input.reader, output: output.pointer,
          rows: 0..<run.kernel.outputSize[1])
        return rows(output, channels: layer.channels, kernels).map(\.bitPattern)
      }
      #expect(results.allSatisfy { $0 == results[0] }, "\(layer.testDescription)")
    }
  }
}

/// A layer made ready for an instruction set, and the scalar result as rows of channels in the order `[H, T, W]`.
private struct DepthwiseRun {
  let kernel: DepthwiseKernel
  let packed: GuardedBuffer
  let input: GuardedBuffer
  let expected: [Float]

  init(_ layer: DepthwiseCase, seed: UInt64, kernels: KernelSet) {
    kernel = DepthwiseKernel(
      kernels: kernels, channels: layer.channels, window: layer.window, inputSize: layer.size,
      activation: layer.activation)
    let weight = kernels.rounded(testValues(layer.channels * layer.window.kernel.reduce(1, *), seed: 3 * seed))
    let bias = kernels.rounded(testValues(layer.channels, seed: 3 * seed + 1))
    packed = GuardedBuffer(byteCount: kernel.packedBytes)
    kernel.pack(weight: weight, bias: bias, into: packed.pointer)

    let clip = Tensor(
      kernels.rounded(testValues(layer.channels * layer.size.reduce(1, *), seed: 3 * seed + 2)),
      shape: [layer.channels] + layer.size)
    input = pixels(rows(planes: clip), channels: layer.channels, kernels)
    let spatial = layer.window.rank == 2 ? Array(layer.size.dropFirst()) : layer.size
    let sums = Reference.convolution(
      clip.reshaped(to: [1, layer.channels] + spatial),
      weight: Tensor(weight, shape: [layer.channels, 1] + layer.window.kernel),
      bias: Tensor(bias, shape: [layer.channels]), window: layer.window, groups: layer.channels)
    expected = rows(planes: sums.reshaped(to: [layer.channels] + kernel.outputSize)).map {
      layer.activation?($0) ?? $0
    }
  }
}
