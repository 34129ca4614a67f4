import Kernels
import Tensors
import Testing

struct LinearKernelTests {
  static let sizes = [1, 2, 3, 8, 17].flatMap { rows in
    [(1, 1), (7, 5), (33, 16), (54, 8), (16, 127), (20, 128), (5, 129), (48, 400), (9, 174)].map {
      (rows, $0.0, $0.1)
    }
  }

  @Test(arguments: ISA.available)
  func agreesWithTheReference(isa: ISA) {
    for (index, (rowCount, inputs, outputs)) in Self.sizes.enumerated() {
      let kernel = LinearKernel(isa: isa, rows: rowCount, inputs: inputs, outputs: outputs, activation: .relu)
      let x = testValues(rowCount * inputs, seed: UInt64(index))
      let weight = testValues(outputs * inputs, seed: UInt64(index) + 100)
      let packed = GuardedBuffer(count: kernel.packedCount)
      kernel.pack(weight: weight, bias: nil, into: packed.pointer)
      let input = GuardedBuffer(x)
      let output = GuardedBuffer(count: rowCount * isa.padded(outputs))
      kernel.run(packed: packed.reader, input: input.reader, inputStride: inputs, output: output.pointer)
      let expected = Reference.activation(
        Reference.linear(
          Tensor(x, shape: [rowCount, inputs]), weight: Tensor(weight, shape: [outputs, inputs]), bias: nil), .relu)
      let context: Comment = "\(rowCount) rows, \(inputs)→\(outputs) on \(isa)"
      #expect(
        relativeError(rows(output, channels: outputs, isa: isa), expected.elements(as: Float.self)) <= tolerance,
        context)
      #expect(output.isIntact && packed.isIntact && input.isIntact, context)
    }
  }

  @Test(arguments: ISA.available, [(54, 8), (108, 8), (216, 16), (432, 32), (5, 3)])
  func squeezeExciteGivesTheScales(isa: ISA, sizes: (channels: Int, hidden: Int)) {
    let (channels, hidden) = sizes
    let kernel = SqueezeExciteKernel(isa: isa, channels: channels, hidden: hidden)
    let mean = testValues(channels, seed: 1)
    let reduce = testValues(hidden * channels, seed: 2)
    let reduceBias = testValues(hidden, seed: 3)
    let expand = testValues(hidden * channels, seed: 4)
    let expandBias = testValues(channels, seed: 5)
    let packed = GuardedBuffer(count: kernel.packedCount)
    kernel.pack(
      reduceWeight: reduce, reduceBias: reduceBias, expandWeight: expand, expandBias: expandBias,
      into: packed.pointer)
    let input = pixels(mean, channels: channels, isa: isa)
    let scale = GuardedBuffer(count: isa.padded(channels))
    let scratch = GuardedBuffer(count: kernel.scratchCount)
    kernel.run(packed: packed.reader, mean: input.reader, scale: scale.pointer, scratch: scratch.pointer)

    let squeezed = Reference.activation(
      Reference.linear(
        Tensor(mean, shape: [1, channels]), weight: Tensor(reduce, shape: [hidden, channels]),
        bias: Tensor(reduceBias, shape: [hidden])), .relu)
    let expected = Reference.activation(
      Reference.linear(
        squeezed, weight: Tensor(expand, shape: [channels, hidden]), bias: Tensor(expandBias, shape: [channels])),
      .sigmoid)
    #expect(
      relativeError(rows(scale, channels: channels, isa: isa), expected.elements(as: Float.self)) <= tolerance)
    #expect(scale.isIntact && scratch.isIntact && packed.isIntact)
  }
}
