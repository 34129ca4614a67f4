import IR
import KernelTestSupport
import CPU
import Tensors
import Testing

@testable import Training

struct ProductWeightGradientTests {
  struct Layer: Sendable {
    var inputs: Int
    var outputs: Int
    var count: Int
  }

  static let layers: [Layer] =
    [1, 3, 7, 8, 9, 16, 17, 24, 33, 48, 54].flatMap { inputs in
      [1, 4, 8, 15, 16, 17, 40, 54].map { Layer(inputs: inputs, outputs: $0, count: 19) }
    }
    + [0, 1, 127, 128, 129, 300].map { Layer(inputs: 24, outputs: 54, count: $0) }

  /// A layer's operands and the scalar meaning.
  private func operands(
    _ layer: Layer, _ kernels: KernelSet, seed: UInt64
  ) -> (x: GuardedBuffer, dy: GuardedBuffer, expected: [Float]) {
    let x = testTensor([layer.count, layer.inputs], seed: seed)
    let dy = testTensor([layer.count, layer.outputs], seed: seed + 1)
    return (
      pixels(x.elements(), channels: layer.inputs, kernels), pixels(dy.elements(), channels: layer.outputs, kernels),
      Operations.LinearWeightGradient().evaluate([x, dy])[0].elements()
    )
  }

  @Test(arguments: KernelSet.forTraining) func agreesWithTheScalarMeaning(kernels: KernelSet) {
    for (index, layer) in Self.layers.enumerated() {
      let (x, dy, expected) = operands(layer, kernels, seed: UInt64(index))
      let kernel = ProductWeightGradientKernel(kernels: kernels, inputs: layer.inputs, outputs: layer.outputs)
      let part = GuardedBuffer(count: kernel.partCount)
      let gradient = GuardedBuffer(count: expected.count)
      kernel.run(x: x.floats, dy: dy.floats, count: layer.count, part: part.floats)
      kernel.combine(parts: part.floats, count: 1, into: gradient.floats)
      #expect(relativeError(gradient.values, expected) <= 1e-6, "\(layer) on \(kernels.isa)")
      #expect(areIntact(x, dy, part, gradient), "\(layer) on \(kernels.isa)")
    }
  }

  @Test(arguments: KernelSet.forTraining) func threadsSharePixelsOrRows(kernels: KernelSet) {
    for layer in [Layer(inputs: 24, outputs: 54, count: 60), Layer(inputs: 54, outputs: 24, count: 60)] {
      let (x, dy, expected) = operands(layer, kernels, seed: 5)
      let kernel = ProductWeightGradientKernel(kernels: kernels, inputs: layer.inputs, outputs: layer.outputs)
      let parts = GuardedBuffer(count: 3 * kernel.partCount)
      let gradient = GuardedBuffer(count: expected.count)
      for (thread, range) in [0..<20, 20..<20, 20..<60].enumerated() {
        // Twice, as clips are: the second run adds.
        for (run, half) in [range.prefix(range.count / 2), range.dropFirst(range.count / 2)].enumerated() {
          kernel.run(
            x: x.floats + half.startIndex * kernels.padded(layer.inputs),
            dy: dy.floats + half.startIndex * kernels.padded(layer.outputs), count: half.count, adds: run > 0,
            part: parts.floats + thread * kernel.partCount)
        }
      }
      kernel.combine(parts: parts.floats, count: 3, into: gradient.floats)
      #expect(relativeError(gradient.values, expected) <= 1e-6)

      let shared = GuardedBuffer(count: kernel.partCount)
      for rows in [5..<kernel.rowCount, 0..<5] {
        kernel.run(x: x.floats, dy: dy.floats, count: layer.count, rows: rows, part: shared.floats)
        kernel.combine(parts: shared.floats, count: 1, into: gradient.floats, rows: rows)
      }
      #expect(relativeError(gradient.values, expected) <= 1e-6)
      #expect(areIntact(x, dy, parts, shared, gradient))
    }
  }

  /// With whole vectors of inputs the part has the gradient's layout, so that it can be the gradient itself.
  @Test(arguments: KernelSet.forTraining) func aPartOfWholeVectorsIsTheGradient(kernels: KernelSet) {
    let layer = Layer(inputs: 2 * kernels.width, outputs: 20, count: 8)
    let (x, dy, expected) = operands(layer, kernels, seed: 9)
    let kernel = ProductWeightGradientKernel(kernels: kernels, inputs: layer.inputs, outputs: layer.outputs)
    let gradient = GuardedBuffer(count: expected.count)
    #expect(kernel.partCount == expected.count)
    kernel.run(x: x.floats, dy: dy.floats, count: layer.count, part: gradient.floats)
    kernel.combine(parts: gradient.floats, count: 1, into: gradient.floats)
    #expect(relativeError(gradient.values, expected) <= 1e-6 && gradient.isIntact)
  }

  @Test(arguments: KernelSet.forTraining) func sumsOfManyPixelsKeepTheirDigits(kernels: KernelSet) {
    let count = 100_000
    let kernel = ProductWeightGradientKernel(kernels: kernels, inputs: 1, outputs: 1)
    let x = testValues(count, seed: 1).map { $0 + 1 }
    let dy = testValues(count, seed: 2).map { $0 + 1 }
    let part = GuardedBuffer(count: kernel.partCount)
    var gradient: Float = 0
    let (first, second) = (pixels(x, channels: 1, kernels), pixels(dy, channels: 1, kernels))
    kernel.run(x: first.floats, dy: second.floats, count: count, part: part.floats)
    kernel.combine(parts: part.floats, count: 1, into: &gradient)
    let expected = zip(x, dy).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(Double(gradient) - expected) <= 2e-6 * expected)
  }

  @Test(arguments: KernelSet.forTraining) func aTransposedWeightGivesTheInputsGradient(kernels: KernelSet) {
    for (inputs, outputs) in [(24, 54), (54, 24), (3, 17), (32, 16)] {
      let dy = testTensor([11, outputs], seed: 1)
      let weight = testTensor([outputs, inputs], seed: 2)
      let turned = Tensor(
        (0..<inputs * outputs).map { weight.elements(as: Float.self)[$0 % outputs * inputs + $0 / outputs] },
        shape: [inputs, outputs])
      let expected = Reference.linear(dy, weight: turned, bias: Tensor(zeros: [inputs])).elements(as: Float.self)
      let kernel = PointwiseKernel(kernels: kernels, inputs: outputs, outputs: inputs)
      let packed = GuardedBuffer(byteCount: kernel.packedBytes)
      kernel.pack(transposed: weight.elements(), into: packed.pointer)
      let dx = GuardedBuffer(count: 11 * kernels.padded(inputs))
      let source = pixels(dy.elements(), channels: outputs, kernels)
      kernel.run(packed: packed.reader, input: source.reader, count: 11, output: dx.pointer)
      #expect(relativeError(rows(dx, channels: inputs, kernels), expected) <= 1e-6)
      #expect(areIntact(packed, dx))
    }
  }

  @Test(arguments: KernelSet.forTraining) func stridedPixelsAreThoseOfAPointwiseConvolution(kernels: KernelSet) {
    for (stride, size) in [([1, 2, 2], [2, 5, 7]), ([2, 1, 3], [3, 2, 6]), ([1, 2, 2], [1, 1, 1])] {
      let shape = [1, 5] + size
      let window = Window(kernel: [1, 1, 1], stride: stride)
      let x = testTensor(shape, seed: 3)
      let strided = StridedPixelsKernel(kernels: kernels, channels: 5, stride: stride, imageSize: size)
      let dy = testTensor([1, 5] + strided.size, seed: 4)
      let image = images(x, kernels)
      let gathered = imageBuffer([1, 5] + strided.size, kernels)
      for row in (0..<strided.size[1]).reversed() {
        let offset = row * strided.size[0] * strided.size[2] * kernels.padded(5)
        strided.gather(image: image.floats, rows: row..<row + 1, into: gathered.floats + offset)
      }
      let kernel = ProductWeightGradientKernel(kernels: kernels, inputs: 5, outputs: 5)
      let part = GuardedBuffer(count: kernel.partCount)
      let gradient = GuardedBuffer(count: 25)
      let (count, source) = (strided.size.reduce(1, *), images(dy, kernels))
      kernel.run(x: gathered.floats, dy: source.floats, count: count, part: part.floats)
      kernel.combine(parts: part.floats, count: 1, into: gradient.floats)
      let expected = Operations.ConvolutionWeightGradient(window: window, groups: 1).evaluate([x, dy])[0]
      #expect(relativeError(gradient.values, expected.elements()) <= 1e-6)
      #expect(areIntact(image, gathered, source))
    }
  }
}
