import CPU
import IR
import KernelTestSupport
import Tensors
import Testing

/// A convolution layer on an input of one size.
struct ConvolutionCase: CustomTestStringConvertible, Sendable {
  var inputs: Int
  var outputs: Int
  var groups = 1
  var size: [Int]
  var window: Window
  var activation: ActivationFunction? = .relu
  var residual = false

  var testDescription: String {
    "\(inputs)→\(outputs) in \(groups) groups, \(window) on \(size)\(residual ? " + residual" : "")"
  }
}

struct ConvolutionKernelTests {
  static let asymmetric = Window(
    kernel: [2, 3, 4], stride: [1, 2, 1], paddingBefore: [1, 0, 2], paddingAfter: [0, 2, 1], dilation: [1, 1, 1])

  static let windows: [Window] = [
    Window(kernel: [1, 1, 1]), Window(kernel: [1, 1, 1], stride: [1, 2, 2]),
    Window(kernel: [3, 3, 3], padding: [1, 1, 1]), Window(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1]),
    Window(kernel: [5, 1, 1], padding: [2, 0, 0]), Window(kernel: [3, 1, 1], stride: [2, 1, 1], padding: [1, 0, 0]),
    Window(kernel: [2, 2, 3], padding: [1, 1, 2], dilation: [2, 1, 2]), asymmetric,
    Window(kernel: [3, 1, 1], padding: [8, 0, 0], dilation: [8, 1, 1]),
    Window(kernel: [7, 1, 1], stride: [4, 1, 1], padding: [3, 0, 0]),
    Window(kernel: [1, 5, 5], stride: [1, 2, 2], padding: [0, 2, 2]),
  ]
  static let sizes = [
    [1, 5, 5], [2, 1, 7], [3, 7, 1], [4, 6, 9], [5, 2, 2], [8, 3, 4], [13, 4, 5], [2, 3, 30], [1, 2, 61],
  ]
  static let cases: [ConvolutionCase] = everyWindow + everyChannelCount + everyGrouping + oddOnes

  static let everyWindow: [ConvolutionCase] = windows.flatMap { window in
    sizes.map { ConvolutionCase(inputs: 5, outputs: 18, size: $0, window: window, residual: true) }
  }
  static let everyChannelCount: [ConvolutionCase] = [1, 3, 4, 8, 15, 16, 17, 33].flatMap { inputs in
    [1, 7, 16, 33].map { outputs in
      ConvolutionCase(
        inputs: inputs, outputs: outputs, size: [2, 5, 6], window: Window(kernel: [3, 3, 3], padding: [1, 1, 1]),
        activation: .swish)
    }
  }
  static let everyGrouping: [ConvolutionCase] = [
    (4, 4, 2), (6, 9, 3), (16, 16, 16), (32, 32, 2), (34, 34, 2), (40, 20, 5), (64, 64, 4), (5, 10, 5), (120, 120, 3),
  ].flatMap { inputs, outputs, groups in
    [false, true].map { residual in
      ConvolutionCase(
        inputs: inputs, outputs: outputs, groups: groups, size: [2, 6, 9],
        window: Window(kernel: [1, 3, 3], padding: [0, 1, 1]), activation: .hardSwish, residual: residual)
    }
  }
  static let oddOnes: [ConvolutionCase] = [
    ConvolutionCase(inputs: 3, outputs: 5, size: [1, 9, 40], window: Window(kernel: [3, 3], padding: [1, 1])),
    ConvolutionCase(inputs: 70, outputs: 9, size: [3, 6, 6], window: Window(kernel: [3, 3, 3], padding: [1, 1, 1])),
    ConvolutionCase(
      inputs: 300, outputs: 100, size: [3, 2, 17], window: Window(kernel: [3, 1, 1], padding: [1, 0, 0]), residual: true
    ),
    // A window that fits nowhere: no outputs.
    ConvolutionCase(inputs: 3, outputs: 5, size: [1, 2, 2], window: Window(kernel: [1, 3, 3])),
  ]

  @Test(arguments: KernelSet.all)
  func agreesWithTheReference(kernels: KernelSet) {
    for (index, layer) in Self.cases.enumerated() {
      let run = ConvolutionRun(layer, kernels, seed: UInt64(index))
      let kernel = ConvolutionKernel(
        kernels: kernels, inputs: layer.inputs, outputs: layer.outputs, groups: layer.groups, window: layer.window,
        inputSize: layer.size, activation: layer.activation)
      #expect(kernel.outputSize == run.outputSize)
      let packed = GuardedBuffer(byteCount: kernel.packedBytes)
      kernel.pack(weight: run.weight, bias: run.bias, into: packed.pointer)
      let input = pixels(rows(planes: run.clip), channels: layer.inputs, kernels)
      let residual = pixels(run.residual, channels: layer.outputs, kernels)
      let output = GuardedBuffer(count: residual.count, kernels.format)
      let scratch = GuardedBuffer(byteCount: kernel.scratchBytes)
      // Rows in two ranges, the later one first, and an empty one.
      let height = run.outputSize[1]
      let row = run.outputSize[0] * run.outputSize[2] * kernels.padded(layer.outputs) * kernels.elementSize
      for range in [height / 3..<height, 0..<height / 3, 0..<0] {
        kernel.run(
          packed: packed.reader, input: input.reader,
          residual: layer.residual ? residual.reader + range.lowerBound * row : nil,
          output: output.pointer + range.lowerBound * row, rows: range, scratch: scratch.pointer)
      }
      let error = relativeError(rows(output, channels: layer.outputs, kernels), run.expected)
      #expect(error <= kernels.tolerance, "\(layer.testDescription) on \(kernels.testDescription)")
      #expect(
        areIntact(packed, input, residual, output, scratch), "\(layer.testDescription) on \(kernels.testDescription)")
    }
  }

  static let stemWindows: [([Int], [Int], [Int])] = [
    ([1, 3, 3], [1, 2, 2], [0, 1, 1]), ([1, 3, 3], [1, 1, 1], [0, 1, 1]), ([1, 7, 7], [1, 2, 2], [0, 3, 3]),
    ([1, 5, 4], [1, 3, 1], [0, 0, 2]), ([1, 1, 1], [1, 1, 1], [0, 0, 0]), ([1, 2, 9], [1, 2, 3], [0, 1, 8]),
    ([3, 7, 7], [1, 2, 2], [1, 3, 3]), ([5, 3, 3], [2, 2, 2], [3, 1, 1]),
  ]
  static let stems: [ConvolutionCase] = stemWindows.flatMap { kernel, stride, padding in
    [[1, 5, 5], [4, 16, 16], [2, 7, 61], [3, 1, 2], [13, 2, 30]].flatMap { size in
      [(3, 24), (1, 16), (4, 33), (2, 5), (3, 8), (1, 1)].map { inputs, outputs in
        ConvolutionCase(
          inputs: inputs, outputs: outputs, size: size, window: Window(kernel: kernel, stride: stride, padding: padding)
        )
      }
    }
  }

  @Test(arguments: KernelSet.all)
  func stemReadsPlanes(kernels: KernelSet) throws {
    for (index, layer) in Self.stems.enumerated() {
      let run = ConvolutionRun(layer, kernels, seed: UInt64(index))
      let kernel = try #require(
        StemKernel(
          kernels: kernels, inputs: layer.inputs, outputs: layer.outputs, window: layer.window, inputSize: layer.size,
          activation: layer.activation))
      let packed = GuardedBuffer(byteCount: kernel.packedBytes)
      kernel.pack(weight: run.weight, bias: run.bias, into: packed.pointer)
      let clip = GuardedBuffer(run.clip.elements(as: Float.self))
      let output = GuardedBuffer(
        count: run.outputSize.reduce(1, *) * kernels.padded(layer.outputs), kernels.format)
      let scratch = GuardedBuffer(byteCount: kernel.scratchBytes)
      let height = run.outputSize[1]
      let row = run.outputSize[0] * run.outputSize[2] * kernels.padded(layer.outputs) * kernels.elementSize
      for range in [height / 2..<height, 0..<height / 2] {
        kernel.run(
          packed: packed.reader, clip: clip.floats, output: output.pointer + range.lowerBound * row, rows: range,
          scratch: scratch.pointer)
      }
      let error = relativeError(rows(output, channels: layer.outputs, kernels), run.expected)
      #expect(error <= kernels.tolerance, "\(layer.testDescription) on \(kernels.testDescription)")
      #expect(areIntact(packed, clip, output, scratch), "\(layer.testDescription) on \(kernels.testDescription)")
    }
  }

  @Test func stemRefusesDilationAlongRowsAndColumns() {
    for dilation in [[1, 2, 1], [1, 1, 2]] {
      let window = Window(kernel: [3, 3, 3], dilation: dilation)
      #expect(
        StemKernel(kernels: KernelSet(.scalar), inputs: 3, outputs: 8, window: window, inputSize: [4, 9, 9]) == nil)
    }
  }

  @Test(arguments: KernelSet.all, [1, 3, 7, 8, 16, 17, 40])
  func layoutsConvertThereAndBack(kernels: KernelSet, channels: Int) {
    for size in [[1, 1, 1], [2, 3, 5], [3, 2, 16], [1, 4, 37]] {
      let clip = Tensor(kernels.rounded(testValues(channels * size.reduce(1, *), seed: 9)), shape: [channels] + size)
      let layout = ClipLayout(kernels: kernels, channels: channels, size: size)
      let planes = GuardedBuffer(clip.elements(as: Float.self))
      let image = GuardedBuffer(count: size.reduce(1, *) * kernels.padded(channels), kernels.format)
      let back = GuardedBuffer(count: planes.count)
      layout.toPixels(planes: planes.floats, image: image.pointer, rows: 0..<1)
      let row = size[0] * size[2] * kernels.padded(channels)
      #expect(image.isUntouched(row..<image.count))
      layout.toPixels(planes: planes.floats, image: image.pointer, rows: 1..<size[1])
      layout.toPlanes(image: image.reader, planes: back.floats, rows: 0..<size[1])
      #expect(rows(image, channels: channels, kernels) == rows(planes: clip))
      #expect(back.values == planes.values)
      #expect(image.isIntact && planes.isIntact && back.isIntact)
    }
  }
}

/// A layer's weights and input, and the scalar result as rows of channels in the order `[H, T, W]`.
struct ConvolutionRun {
  let weight: [Float]
  let bias: [Float]
  let clip: Tensor
  let residual: [Float]
  let outputSize: [Int]
  let expected: [Float]

  init(_ layer: ConvolutionCase, _ kernels: KernelSet, seed: UInt64) {
    let channels = layer.inputs / layer.groups
    weight = kernels.rounded(
      testValues(layer.outputs * channels * layer.window.kernel.reduce(1, *), seed: 4 * seed))
    bias = kernels.rounded(testValues(layer.outputs, seed: 4 * seed + 1))
    clip = Tensor(
      kernels.rounded(testValues(layer.inputs * layer.size.reduce(1, *), seed: 4 * seed + 2)),
      shape: [layer.inputs] + layer.size)
    let isPlanar = layer.window.rank == 2
    let spatial = isPlanar ? Array(layer.size.dropFirst()) : layer.size
    let sums = Reference.convolution(
      clip.reshaped(to: [1, layer.inputs] + spatial),
      weight: Tensor(weight, shape: [layer.outputs, channels] + layer.window.kernel),
      bias: Tensor(bias, shape: [layer.outputs]), window: layer.window, groups: layer.groups)
    outputSize = isPlanar ? [1] + sums.shape[2...] : Array(sums.shape[2...])
    residual = kernels.rounded(testValues(sums.count, seed: 4 * seed + 3))
    let sumRows = rows(planes: sums.reshaped(to: [layer.outputs] + outputSize))
    expected = zip(sumRows, residual).map { sum, skip in
      let sum = layer.residual ? sum + skip : sum
      return layer.activation?(sum) ?? sum
    }
  }
}
