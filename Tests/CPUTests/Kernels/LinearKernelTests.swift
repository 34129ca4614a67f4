@testable import CPU
import IR
import KernelTestSupport
import Tensors
import Testing

struct LinearKernelTests {
  static let sizes = [1, 2, 3, 8, 17].flatMap { rows in
    [(1, 1), (7, 5), (33, 16), (54, 8), (16, 127), (20, 128), (5, 129), (48, 400), (9, 174)].map {
      (rows, $0.0, $0.1)
    }
  }

  @Test(arguments: KernelSet.all)
  func agreesWithTheReference(kernels: KernelSet) {
    for (index, (rowCount, inputs, outputs)) in Self.sizes.enumerated() {
      let kernel = LinearKernel(kernels: kernels, rows: rowCount, inputs: inputs, outputs: outputs, activation: .relu)
      let x = testValues(rowCount * inputs, seed: UInt64(index))
      let weight = kernels.rounded(testValues(outputs * inputs, seed: UInt64(index) + 100))
      let packed = GuardedBuffer(byteCount: kernel.packedBytes)
      kernel.pack(weight: weight, bias: nil, into: packed.pointer)
      let input = GuardedBuffer(x)
      let output = GuardedBuffer(count: rowCount * kernel.outputCount)
      kernel.run(packed: packed.reader, input: input.floats, inputStride: inputs, output: output.floats)
      let expected = Reference.activation(
        Reference.linear(
          Tensor(x, shape: [rowCount, inputs]), weight: Tensor(weight, shape: [outputs, inputs]), bias: nil), .relu)
      let context: Comment = "\(rowCount) rows, \(inputs)→\(outputs) on \(kernels.testDescription)"
      #expect(
        relativeError(rows(output, channels: outputs, kernels.computingInFloat), expected.elements(as: Float.self))
          <= KernelSet(.scalar).tolerance,
        context)
      #expect(output.isIntact && packed.isIntact && input.isIntact, context)
    }
  }

  @Test(
    arguments: KernelSet.all,
    [
      (54, 8, 54, .sigmoid), (108, 8, 108, .sigmoid), (216, 16, 216, .hardSigmoid), (432, 32, 432, .sigmoid),
      (5, 3, 5, .sigmoid), (48, 16, 24, .hardSigmoid), (3, 2, 37, .sigmoid),
    ] as [(Int, Int, Int, ActivationFunction)])
  func squeezeExciteGivesTheScales(
    kernels: KernelSet, sizes: (means: Int, hidden: Int, channels: Int, gate: ActivationFunction)
  ) {
    let (means, hidden, channels, gate) = sizes
    let kernel = SqueezeExciteKernel(kernels: kernels, means: means, hidden: hidden, channels: channels, gate: gate)
    let mean = testValues(means, seed: 1)
    let reduce = kernels.rounded(testValues(hidden * means, seed: 2))
    let reduceBias = kernels.rounded(testValues(hidden, seed: 3))
    let expand = kernels.rounded(testValues(hidden * channels, seed: 4))
    let expandBias = kernels.rounded(testValues(channels, seed: 5))
    let packed = GuardedBuffer(byteCount: kernel.packedBytes)
    kernel.pack(
      reduceWeight: reduce, reduceBias: reduceBias, expandWeight: expand, expandBias: expandBias,
      into: packed.pointer)
    let input = GuardedBuffer(mean)
    let scale = GuardedBuffer(count: kernels.padded(channels))
    let scratch = GuardedBuffer(byteCount: kernel.scratchBytes)
    kernel.run(packed: packed.reader, mean: input.floats, scale: scale.floats, scratch: scratch.pointer)

    let squeezed = Reference.activation(
      Reference.linear(
        Tensor(mean, shape: [1, means]), weight: Tensor(reduce, shape: [hidden, means]),
        bias: Tensor(reduceBias, shape: [hidden])), .relu)
    let expected = Reference.activation(
      Reference.linear(
        squeezed, weight: Tensor(expand, shape: [channels, hidden]), bias: Tensor(expandBias, shape: [channels])),
      gate)
    #expect(
      relativeError(Array(scale.values.prefix(channels)), expected.elements(as: Float.self))
        <= KernelSet(.scalar).tolerance)
    #expect(scale.isIntact && scratch.isIntact && packed.isIntact)
  }
}
