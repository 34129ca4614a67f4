import IR
import KernelTestSupport
import CPU
import Tensors
import Testing

@testable import Training

struct RequantizeKernelTests {
  private static let steps = Operations.Requantize.Steps(scale: 0.013, lowest: -111, highest: 144)

  /// All forms that there are.
  private static let operations: [Operations.Requantize] =
    [nil, .relu, .swish, .hardSwish, .sigmoid, .hardSigmoid].flatMap { activation in
      [steps, nil].flatMap { result in
        [nil, 0.0314].map { residual in
          Operations.Requantize(
            inputScale: 0.021, hasScales: true, residualScale: residual, activation: activation, result: result)
        }
      }
    } + [
      Operations.Requantize(inputScale: 0.7, result: .init(.word(scale: 0.0009))),
      Operations.Requantize(result: .init(scale: 2, lowest: -128, highest: 127)),
      Operations.Requantize(inputScale: 0.5),
    ]

  @Test(arguments: KernelSet.forTraining) func itGivesTheBitsOfTheScalarMeaning(kernels: KernelSet) {
    for operation in Self.operations {
      for (channels, count) in [(1, 1), (5, 7), (16, 64), (17, 65), (54, 130), (70, 3)] {
        check(kernels, operation, channels, count)
      }
    }
  }

  private func check(_ kernels: KernelSet, _ operation: Operations.Requantize, _ channels: Int, _ count: Int) {
    let name: Comment = "\(operation), \(channels) × \(count) on \(kernels.isa)"
    // Sums, some of them too large, and many that come to lie between two steps.
    let x = testValues(channels * count, seed: 1).map { ($0 * 400).rounded() }
    let scales = testValues(channels, seed: 2).map { abs($0) + 0.25 }
    let residual = testValues(channels * count, seed: 3).map { ($0 * 120).rounded() }
    let dy = testValues(channels * count, seed: 4)
    let shape = [1, channels, 1, 1, count]
    var inputs = [planes(x, shape)]
    if operation.hasScales { inputs.append(Tensor(scales, shape: [channels])) }
    if operation.residualScale != nil { inputs.append(planes(residual, shape)) }
    let expected = operation.evaluate(inputs)[0]
    let gradients = Operations.RequantizeGradient(operation: operation).evaluate(inputs + [planes(dy, shape)])

    let kernel = RequantizeKernel(kernels: kernels, operation, channels: channels)
    let buffers = [x, residual, dy].map { pixels($0, channels: channels, kernels) }
    let factors = GuardedBuffer(count: kernel.factorCount)
    let scaleBuffer = GuardedBuffer(scales)
    kernel.prepare(scales: operation.hasScales ? UnsafePointer(scaleBuffer.floats) : nil, factors: factors.floats)
    let results = (0..<3).map { _ in GuardedBuffer(count: count * kernels.padded(channels)) }
    for run in [0..<count / 2, count / 2..<count] {
      let first = run.lowerBound * kernels.padded(channels)
      let other = operation.residualScale == nil ? nil : UnsafePointer(buffers[1].floats + first)
      kernel.run(
        x: buffers[0].floats + first, factors: factors.floats, residual: other, y: results[0].floats + first,
        count: run.count)
      kernel.gradient(
        x: buffers[0].floats + first, dy: buffers[2].floats + first, factors: factors.floats, residual: other,
        dx: results[1].floats + first, residualGradient: other == nil ? nil : results[2].floats + first,
        count: run.count)
    }
    let isSame = rows(results[0], channels: channels, kernels) == byPixel(expected)
    #expect(isSame, name)
    for (found, expected) in zip(results.dropFirst(), gradients) {
      let error = relativeError(rows(found, channels: channels, kernels), byPixel(expected))
      #expect(error <= 2e-6, name)
    }
    for buffer in buffers + results + [factors, scaleBuffer] { #expect(buffer.isIntact, name) }
  }

  /// Planes by pixel.
  private func byPixel(_ planes: Tensor) -> [Float] {
    let (channels, count) = (planes.shape[1], planes.shape[4])
    let values: [Float] = planes.elements()
    return values.indices.map { values[$0 % channels * count + $0 / channels] }
  }

  /// Values by pixel as planes.
  private func planes(_ values: [Float], _ shape: [Int]) -> Tensor {
    let (channels, count) = (shape[1], shape[4])
    return Tensor((0..<values.count).map { values[$0 % count * channels + $0 / count] }, shape: shape)
  }

  @Test(arguments: KernelSet.forTraining) func sumsOfWordsAreExact(kernels: KernelSet) {
    for (channels, count) in [(1, 1), (17, 65), (70, 200), (3, 2000)] {
      let x = (0..<channels * count).map { index in Float(32767 - index % 3) }
      let source = pixels(x, channels: channels, kernels)
      let kernel = SumPixelsKernel(kernels: kernels, channels: channels)
      let sums = GuardedDoubles(count: kernel.sumCount)
      for index in 0..<kernel.sumCount { sums.pointer[index] = 0 }
      kernel.add(x: source.floats, count: count, to: sums.pointer)
      for channel in 0..<channels {
        let expected = stride(from: channel, to: x.count, by: channels).reduce(0) { $0 + Int(x[$1]) }
        #expect(sums.pointer[channel] == Double(expected), "\(channels) × \(count) on \(kernels.isa)")
      }
      #expect(sums.isIntact && source.isIntact)
    }
  }
}
