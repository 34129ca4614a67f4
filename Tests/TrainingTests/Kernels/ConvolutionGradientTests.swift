import IR
import KernelTestSupport
import CPU
import Tensors
import Testing

@testable import Training

struct ConvolutionGradientTests {
  struct Layer: Sendable {
    var inputs: Int
    var outputs: Int
    var groups = 1
    var batch = 1
    var window: Window
    var size: [Int]
  }

  static let stem = Window(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1])
  static let dense = Window(kernel: [3, 3, 3], padding: [1, 1, 1])

  static let layers: [Layer] =
    [1, 3, 8, 17].flatMap { inputs in
      [1, 4, 16, 24].map { Layer(inputs: inputs, outputs: $0, window: stem, size: [2, 5, 6]) }
    }
    + [[1, 1, 1], [1, 2, 3], [3, 4, 5], [2, 9, 17]].map { Layer(inputs: 3, outputs: 5, window: dense, size: $0) }
    + [
      Layer(inputs: 8, outputs: 12, groups: 2, batch: 3, window: dense, size: [2, 3, 4]),
      Layer(inputs: 6, outputs: 6, groups: 6, window: dense, size: [2, 4, 4]),
      Layer(inputs: 34, outputs: 51, groups: 17, window: stem, size: [1, 6, 6]),
      Layer(inputs: 4, outputs: 5, batch: 2, window: Window(kernel: [1, 1, 1], stride: [2, 2, 2]), size: [3, 5, 6]),
      Layer(
        inputs: 4, outputs: 5,
        window: Window(kernel: [2, 3, 2], stride: [1, 3, 2], padding: [1, 0, 2], dilation: [2, 2, 3]), size: [4, 9, 8]),
      Layer(inputs: 4, outputs: 5, window: Window(kernel: [1, 2, 2], stride: [1, 4, 4]), size: [1, 7, 7]),
      Layer(
        inputs: 2, outputs: 3,
        window: Window(
          kernel: [3, 3, 3], stride: [1, 2, 2], paddingBefore: [0, 1, 0], paddingAfter: [2, 0, 1], dilation: [1, 1, 1]),
        size: [2, 6, 7]),
    ]

  @Test(arguments: KernelSet.forTraining) func weightGradientAgreesWithTheScalarMeaning(kernels: KernelSet) {
    for (index, layer) in Self.layers.enumerated() {
      let name: Comment = "\(layer) on \(kernels.isa)"
      let kernel = ConvolutionWeightGradientKernel(
        kernels: kernels, inputs: layer.inputs, outputs: layer.outputs, groups: layer.groups, window: layer.window,
        inputSize: layer.size)
      let x = testTensor([layer.batch, layer.inputs] + layer.size, seed: UInt64(2 * index))
      let dy = testTensor([layer.batch, layer.outputs] + kernel.outputSize, seed: UInt64(2 * index + 1))
      let expected = Operations.ConvolutionWeightGradient(window: layer.window, groups: layer.groups)
        .evaluate([x, dy])[0]
      let (source, gradient) = (images(x, kernels), images(dy, kernels))
      let parts = GuardedBuffer(count: 2 * kernel.partCount)
      parts.clear()
      let scratch = GuardedBuffer(count: kernel.scratchCount)
      let height = kernel.outputSize[1]
      for clip in 0..<layer.batch {
        for (thread, rows) in [0..<height / 2, height / 2..<height].enumerated() {
          kernel.run(
            x: source.floats + clip * layer.size.reduce(1, *) * kernels.padded(layer.inputs),
            dy: gradient.floats + clip * kernel.outputSize.reduce(1, *) * kernels.padded(layer.outputs), rows: rows,
            part: parts.floats + thread * kernel.partCount, scratch: scratch.floats)
        }
      }
      let found = GuardedBuffer(count: expected.count)
      kernel.combine(parts: parts.floats, count: 2, into: found.floats)
      #expect(relativeError(found.values, expected.elements()) <= 1e-6, name)
      #expect(areIntact(source, gradient, parts, scratch, found), name)
    }
  }

  @Test(arguments: KernelSet.forTraining) func stemsWeightGradientAgreesWithTheScalarMeaning(kernels: KernelSet) throws
  {
    let windows = [
      Self.stem, Window(kernel: [3, 5], stride: [1, 3], padding: [1, 2]), Window(kernel: [1, 2, 1]),
      Window(
        kernel: [1, 3, 3], stride: [1, 2, 2], paddingBefore: [0, 0, 2], paddingAfter: [0, 2, 1], dilation: [1, 1, 1]),
    ]
    for window in windows {
      for (inputs, outputs) in [(1, 1), (3, 24), (2, 17)] {
        for size in [[1, 5, 6], [1, 3, 5], [1, 2, 1]] + (window.rank == 3 ? [[3, 6, 7]] : []) {
          let name: Comment = "\(inputs)→\(outputs), \(window), \(size) on \(kernels.isa)"
          let kernel = try #require(
            StemWeightGradientKernel(
              kernels: kernels, inputs: inputs, outputs: outputs, window: window, inputSize: size))
          let x = testTensor([2, inputs] + size, seed: 1)
          let dy = testTensor([2, outputs] + kernel.outputSize, seed: 2)
          let expected = Operations.ConvolutionWeightGradient(window: window.threeDimensional, groups: 1)
            .evaluate([x, dy])[0]
          let (clips, gradient) = (GuardedBuffer(x.elements()), images(dy, kernels))
          let parts = GuardedBuffer(count: 2 * kernel.partCount)
          parts.clear()
          let scratch = GuardedBuffer(count: kernel.scratchCount)
          for clip in 0..<2 {
            let height = kernel.outputSize[1]
            for (thread, rows) in [0..<height / 2, height / 2..<height].enumerated() {
              kernel.run(
                clip: clips.floats + clip * inputs * size.reduce(1, *),
                dy: gradient.floats + clip * kernel.outputSize.reduce(1, *) * kernels.padded(outputs), rows: rows,
                part: parts.floats + thread * kernel.partCount, scratch: scratch.floats)
            }
          }
          let found = GuardedBuffer(count: expected.count)
          kernel.combine(parts: parts.floats, count: 2, into: found.floats)
          #expect(relativeError(found.values, expected.elements()) <= 1e-6, name)
          #expect(areIntact(clips, gradient, parts, scratch, found), name)
        }
      }
    }
  }

  @Test func aWindowOverFramesIsNoStem() {
    let kernel = StemWeightGradientKernel(
      kernels: KernelSet(.scalar), inputs: 3, outputs: 4, window: Self.dense, inputSize: [4, 8, 8])
    #expect(kernel == nil)
  }

  @Test(arguments: KernelSet.forTraining) func inputGradientAgreesWithTheScalarMeaning(kernels: KernelSet) {
    for (index, layer) in Self.layers.enumerated() {
      let name: Comment = "\(layer) on \(kernels.isa)"
      let kernel = ConvolutionInputGradientKernel(
        kernels: kernels, inputs: layer.inputs, outputs: layer.outputs, groups: layer.groups, window: layer.window,
        inputSize: layer.size)
      let outputSize = (0..<3).map { layer.window.outputLength(layer.size[$0], axis: $0) }
      let dy = testTensor([layer.batch, layer.outputs] + outputSize, seed: UInt64(2 * index))
      let weight = testTensor(
        [layer.outputs, layer.inputs / layer.groups] + layer.window.kernel, seed: UInt64(2 * index + 1))
      let expected = Operations.ConvolutionInputGradient(
        window: layer.window, groups: layer.groups, inputSize: layer.size
      ).evaluate([dy, weight])[0]
      let packed = GuardedBuffer(byteCount: kernel.packedBytes)
      kernel.pack(weight: weight.elements(), into: packed.pointer)
      let (gradient, dx) = (images(dy, kernels), imageBuffer(expected.shape, kernels))
      let scratch = GuardedBuffer(count: kernel.scratchCount)
      let height = layer.size[1]
      for clip in 0..<layer.batch {
        // Rows in the middle first, which the others must leave alone.
        for rows in [height / 3..<height * 2 / 3, height * 2 / 3..<height, 0..<height / 3] {
          kernel.run(
            packed: packed.reader, dy: gradient.floats + clip * outputSize.reduce(1, *) * kernels.padded(layer.outputs),
            dx: dx.floats + clip * layer.size.reduce(1, *) * kernels.padded(layer.inputs), rows: rows,
            scratch: scratch.floats)
        }
      }
      #expect(relativeError(clips(dx, expected.shape, kernels), expected.elements()) <= 1e-6, name)
      #expect(areIntact(packed, gradient, dx, scratch), name)
    }
  }
}
