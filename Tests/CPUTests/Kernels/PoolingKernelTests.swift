import CPU
import IR
import KernelTestSupport
import Tensors
import Testing

/// Pooling of an input of one size.
struct PoolingCase: CustomTestStringConvertible, Sendable {
  var channels = 5
  var size: [Int]
  var window: Window
  var outputSize: [Int]?
  var countsPadding = false

  var testDescription: String {
    "\(channels) channels, \(window) on \(size), \(countsPadding ? "counting padding" : "not counting padding")"
  }
}

struct PoolingKernelTests {
  static let windows: [Window] = [
    Window(kernel: [1, 1, 1]), Window(kernel: [2, 2, 2], stride: [2, 2, 2]),
    Window(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1]), Window(kernel: [3, 3, 3], padding: [1, 1, 1]),
    Window(
      kernel: [2, 3, 4], stride: [1, 2, 1], paddingBefore: [1, 0, 2], paddingAfter: [0, 1, 1], dilation: [1, 1, 1]),
  ]
  static let everyWindow: [PoolingCase] = windows.flatMap { window in
    [[1, 2, 3], [4, 5, 5], [5, 7, 4], [13, 3, 6]].flatMap { size in
      [false, true].map { PoolingCase(size: size, window: window, countsPadding: $0) }
    }
  }
  static let everyChannelCount: [PoolingCase] = [1, 4, 8, 15, 16, 17, 64, 66, 80, 129].map {
    PoolingCase(channels: $0, size: [4, 5, 5], window: Window(kernel: [4, 3, 3]))
  }
  static let oddOnes: [PoolingCase] = [
    PoolingCase(channels: 40, size: [4, 5, 5], window: Window(kernel: [4, 5, 5])),
    PoolingCase(
      size: [1, 6, 7], window: Window(kernel: [3, 2], stride: [2, 2], padding: [1, 1]), countsPadding: true),
    // Rounded up: the last windows hang over the end.
    PoolingCase(
      size: [4, 6, 7], window: Window(kernel: [3, 3, 3], stride: [2, 2, 2]), outputSize: [2, 3, 3], countsPadding: true),
    PoolingCase(size: [4, 6, 7], window: Window(kernel: [3, 3, 3], stride: [2, 2, 2]), outputSize: [2, 3, 3]),
    // No outputs.
    PoolingCase(size: [2, 2, 2], window: Window(kernel: [3, 3, 3])),
  ]
  static let dilated: [PoolingCase] = [[3, 6, 9], [8, 5, 5], [2, 4, 4]].map {
    PoolingCase(size: $0, window: Window(kernel: [2, 2, 3], padding: [1, 1, 1], dilation: [2, 3, 2]))
  }

  @Test(arguments: KernelSet.all)
  func agreesWithTheReference(kernels: KernelSet) {
    for function in PoolingFunction.allCases {
      let cases = Self.everyWindow + Self.everyChannelCount + Self.oddOnes + (function == .maximum ? Self.dilated : [])
      for (index, layer) in cases.enumerated() {
        let clip = Tensor(
          kernels.rounded(testValues(layer.channels * layer.size.reduce(1, *), seed: UInt64(index))),
          shape: [layer.channels] + layer.size)
        let isPlanar = layer.window.rank == 2
        let spatial = isPlanar ? Array(layer.size.dropFirst()) : layer.size
        let outputSpatial =
          layer.outputSize ?? spatial.indices.map { layer.window.outputLength(spatial[$0], axis: $0) }
        let outputSize = isPlanar ? [1] + outputSpatial : outputSpatial
        let expected = Reference.pool(
          clip.reshaped(to: [1, layer.channels] + spatial), function, window: layer.window,
          outputSpatial: outputSpatial, countsPadding: layer.countsPadding)
        let kernel = PoolingKernel(
          kernels: kernels, function, channels: layer.channels, window: layer.window, inputSize: layer.size,
          outputSize: outputSize, countsPadding: layer.countsPadding)
        check(kernel, layer.testDescription, kernels, clip, expected.reshaped(to: [layer.channels] + outputSize))
      }
    }
  }

  @Test(arguments: KernelSet.all, PoolingFunction.allCases)
  func adaptsToAnOutputSize(kernels: KernelSet, function: PoolingFunction) {
    for outputSize in [[1, 1, 1], [2, 3, 5], [4, 5, 5], [5, 7, 6], [3, 0, 2]] {
      let clip = Tensor(kernels.rounded(testValues(9 * 4 * 5 * 5, seed: 3)), shape: [9, 4, 5, 5])
      let expected = Reference.adaptivePool(clip.reshaped(to: [1, 9, 4, 5, 5]), function, outputSize: outputSize)
      let kernel = PoolingKernel(
        kernels: kernels, function, channels: 9, inputSize: [4, 5, 5], adaptiveTo: outputSize)
      check(kernel, "to \(outputSize)", kernels, clip, expected.reshaped(to: [9] + outputSize))
    }
  }

  private func check(_ kernel: PoolingKernel, _ name: String, _ kernels: KernelSet, _ clip: Tensor, _ expected: Tensor)
  {
    let channels = clip.shape[0]
    let input = pixels(rows(planes: clip), channels: channels, kernels)
    let output = GuardedBuffer(count: kernel.outputSize.reduce(1, *) * kernels.padded(channels), kernels.format)
    let height = kernel.outputSize[1]
    for range in [height / 2..<height, 0..<height / 2] {
      kernel.run(input: input.reader, output: output.pointer, rows: range)
    }
    let error = relativeError(rows(output, channels: channels, kernels), rows(planes: expected))
    #expect(error <= kernels.tolerance, "\(kernel.name): \(name)")
    #expect(areIntact(input, output), "\(kernel.name): \(name)")
  }

  @Test(arguments: KernelSet.all)
  func maximumShowsNaN(kernels: KernelSet) {
    let kernel = PoolingKernel(
      kernels: kernels, .maximum, channels: 1, window: Window(kernel: [1, 1, 3]), inputSize: [1, 1, 3],
      outputSize: [1, 1, 1],
      countsPadding: false)
    for place in 0..<3 {
      var values: [Float] = [1, 2, 3]
      values[place] = .nan
      let input = pixels(values, channels: 1, kernels)
      let output = GuardedBuffer([Float](repeating: 0, count: kernels.width), kernels.format)
      kernel.run(input: input.reader, output: output.pointer, rows: 0..<1)
      #expect(output.values[0].isNaN, "NaN at \(place)")
    }
  }

  @Test(arguments: KernelSet.all, [1, 31, 33, 1024, 1025, 25_600])
  func meansKeepTheirDigits(kernels: KernelSet, positions: Int) {
    for channels in [3, 21, 64] {
      let values = kernels.rounded(testValues(positions * channels, seed: 4).map { 0.7 + 0.3 * $0 })
      let input = pixels(values, channels: channels, kernels)
      let kernel = MeanKernel(kernels: kernels, channels: channels)
      // Two threads' parts, unequal.
      let parts = GuardedBuffer([Float](repeating: 0, count: 2 * kernel.partCount))
      let first = positions / 3
      kernel.add(pixels: input.reader, count: first, to: parts.floats)
      kernel.add(
        pixels: input.reader + first * kernel.partCount * kernels.elementSize, count: positions - first,
        to: parts.floats + kernel.partCount)
      let mean = GuardedBuffer(count: kernel.partCount)
      kernel.combine(
        parts: parts.floats, stride: kernel.partCount, count: 2, positions: positions, into: mean.floats)
      for channel in 0..<channels {
        let exact = stride(from: channel, to: values.count, by: channels).reduce(0.0) { $0 + Double(values[$1]) }
        let error = abs(Double(mean[channel]) * Double(positions) / exact - 1)
        #expect(error < 5e-7, "channel \(channel) of \(channels)")
      }
      #expect(areIntact(input, parts, mean))
    }
  }
}
