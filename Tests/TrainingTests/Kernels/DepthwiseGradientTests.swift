import IR
import KernelTestSupport
import CPU
import Tensors
import Testing

@testable import Training

struct DepthwiseGradientTests {
  struct Layer: Sendable {
    var channels = 5
    var batch = 1
    var window: Window
    var size: [Int]
  }

  static let x3d: [Window] =
    [1, 2].flatMap { step in
      [
        Window(kernel: [3, 3, 3], stride: [1, step, step], padding: [1, 1, 1]),
        Window(kernel: [1, 3, 3], stride: [1, step, step], padding: [0, 1, 1]),
      ]
    } + [Window(kernel: [3, 1, 1], padding: [1, 0, 0]), Window(kernel: [5, 1, 1], padding: [2, 0, 0])]

  static let others: [Window] = [
    Window(kernel: [5, 3, 3], padding: [2, 1, 1]), Window(kernel: [1, 1, 1]), Window(kernel: [2, 2, 2]),
    Window(kernel: [3, 5, 7], padding: [1, 2, 3]), Window(kernel: [1, 1, 6], padding: [0, 0, 3]),
    Window(kernel: [3, 3, 3], stride: [2, 3, 2], padding: [0, 2, 1]),
    Window(kernel: [3, 2, 3], padding: [2, 2, 2], dilation: [2, 2, 3]),
    Window(kernel: [1, 2, 2], stride: [3, 3, 3]), Window(kernel: [1, 1, 1], stride: [1, 2, 2]),
    Window(kernel: [1, 1, 1], stride: [1, 2, 1], padding: [0, 1, 0]),
    Window(
      kernel: [3, 3, 3], stride: [1, 2, 2], paddingBefore: [0, 1, 0], paddingAfter: [2, 0, 1], dilation: [1, 1, 1]),
  ]

  static let layers: [Layer] =
    x3d.flatMap { window in
      [[1, 1, 1], [1, 4, 5], [2, 2, 9], [4, 7, 8], [5, 3, 3], [4, 1, 2]].map { Layer(window: window, size: $0) }
    }
    + others.map { Layer(batch: 2, window: $0, size: [5, 8, 9]) }
    + [1, 7, 8, 16, 17, 33].map { Layer(channels: $0, batch: 3, window: x3d[0], size: [2, 4, 4]) }
    + [Layer(channels: 3, window: x3d[0], size: [4, 20, 60])]

  @Test(arguments: KernelSet.forTraining) func weightGradientAgreesWithTheScalarMeaning(kernels: KernelSet) {
    for (index, layer) in Self.layers.enumerated() {
      let name: Comment = "\(layer) on \(kernels.isa)"
      let channels = layer.channels
      let kernel = DepthwiseWeightGradientKernel(
        kernels: kernels, channels: channels, window: layer.window, inputSize: layer.size)
      guard kernel.outputSize.allSatisfy({ $0 > 0 }) else { continue }
      let x = testTensor([layer.batch, channels] + layer.size, seed: UInt64(2 * index))
      let dy = testTensor([layer.batch, channels] + kernel.outputSize, seed: UInt64(2 * index + 1))
      let expected = Operations.ConvolutionWeightGradient(window: layer.window, groups: channels).evaluate([x, dy])[0]
      let (source, gradient) = (images(x, kernels), images(dy, kernels))
      // A part for each half of the rows, and one whose vectors are shared.
      let parts = GuardedBuffer(count: 2 * kernel.partCount)
      let shared = GuardedBuffer(count: kernel.partCount)
      parts.clear()
      shared.clear()
      let height = kernel.outputSize[1]
      for clip in 0..<layer.batch {
        let xClip = source.floats + clip * layer.size.reduce(1, *) * kernels.padded(channels)
        let dyClip = gradient.floats + clip * kernel.outputSize.reduce(1, *) * kernels.padded(channels)
        kernel.run(x: xClip, dy: dyClip, rows: 0..<height / 2, part: parts.floats)
        kernel.run(x: xClip, dy: dyClip, rows: height / 2..<height, part: parts.floats + kernel.partCount)
        for vector in 0..<kernel.vectorCount {
          kernel.run(x: xClip, dy: dyClip, rows: 0..<height, vectors: vector..<vector + 1, part: shared.floats)
        }
      }
      for (buffer, count) in [(parts, 2), (shared, 1)] {
        let found = GuardedBuffer(count: expected.count)
        kernel.combine(parts: buffer.floats, count: count, into: found.floats)
        #expect(relativeError(found.values, expected.elements()) <= 1e-6, name)
        #expect(found.isIntact, name)
      }
      #expect(areIntact(source, gradient, parts, shared), name)
    }
  }

  @Test(arguments: KernelSet.forTraining) func inputGradientAgreesWithTheScalarMeaning(kernels: KernelSet) throws {
    for (index, layer) in Self.layers.enumerated() {
      let name: Comment = "\(layer) on \(kernels.isa)"
      let channels = layer.channels
      let outputSize = (0..<3).map { layer.window.outputLength(layer.size[$0], axis: $0) }
      guard outputSize.allSatisfy({ $0 > 0 }) else { continue }
      let kernel = try #require(
        DepthwiseInputGradientKernel(
          kernels: kernels, channels: channels, window: layer.window, inputSize: layer.size))
      let dy = testTensor([layer.batch, channels] + outputSize, seed: UInt64(2 * index))
      let weight = testTensor([channels, 1] + layer.window.kernel, seed: UInt64(2 * index + 1))
      let expected = Operations.ConvolutionInputGradient(
        window: layer.window, groups: channels, inputSize: layer.size
      ).evaluate([dy, weight])[0]
      let packed = GuardedBuffer(byteCount: kernel.packedBytes)
      let packScratch = GuardedBuffer(count: kernel.packScratchCount)
      kernel.pack(weight: weight.elements(), into: packed.pointer, scratch: packScratch.floats)
      let (gradient, dx) = (images(dy, kernels), imageBuffer(expected.shape, kernels))
      let scratch = GuardedBuffer(count: kernel.scratchCount)
      let height = layer.size[1]
      for clip in 0..<layer.batch {
        for rows in [height / 2..<height, 0..<height / 2] {
          kernel.run(
            packed: packed.reader, dy: gradient.floats + clip * outputSize.reduce(1, *) * kernels.padded(channels),
            dx: dx.floats + clip * layer.size.reduce(1, *) * kernels.padded(channels), rows: rows,
            scratch: scratch.floats)
        }
      }
      #expect(relativeError(clips(dx, expected.shape, kernels), expected.elements()) <= 1e-6, name)
      #expect(areIntact(packed, packScratch, gradient, dx, scratch), name)
    }
  }

  @Test func aStrideWithADilationIsRefused() {
    let window = Window(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 2, 2], dilation: [1, 2, 2])
    let kernel = DepthwiseInputGradientKernel(
      kernels: KernelSet(.scalar), channels: 3, window: window, inputSize: [1, 8, 8])
    #expect(kernel == nil)
  }
}
