import IR
import KernelTestSupport
import CPU
import Tensors
import Testing

@testable import Training

struct ElementwiseGradientTests {
  @Test(arguments: KernelSet.forTraining) func activationsAgreeWithTheScalarMeaning(kernels: KernelSet) {
    let count = 3 * 64
    let values = testValues(count, seed: 1).enumerated().map { $1 * [0.5, 5, 40][$0 % 3] } as [Float]
    for function in ActivationFunction.allCases {
      let x = Tensor(values, shape: [count])
      let dy = testTensor([count], seed: 2)
      let expected = Operations.ActivationGradient(function: function).evaluate([x, dy])[0].elements(as: Float.self)
      let (source, dx) = (GuardedBuffer(values), GuardedBuffer(dy.elements()))
      // In the memory of dy.
      ElementwiseGradientKernel(kernels: kernels).activation(
        function, x: source.floats, dy: dx.floats, dx: dx.floats, count: count)
      for (found, value) in zip(dx.values, expected) { #expect(abs(found - value) <= 2e-6, "\(function)") }
      #expect(areIntact(source, dx))
    }
  }

  @Test(arguments: KernelSet.forTraining) func brokenNumbersStayBroken(kernels: KernelSet) {
    for function in ActivationFunction.allCases where ![.relu, .hardSigmoid].contains(function) {
      let (x, dy) = (
        GuardedBuffer([Float](repeating: .nan, count: 16)), GuardedBuffer([Float](repeating: 1, count: 16))
      )
      ElementwiseGradientKernel(kernels: kernels).activation(
        function, x: x.floats, dy: dy.floats, dx: dy.floats, count: 16)
      #expect(dy.values.count { $0.isNaN } == 16, "\(function)")
    }
  }

  @Test(arguments: KernelSet.forTraining) func scalingAgreesWithItsFormula(kernels: KernelSet) {
    let activations: [ActivationFunction?] = [nil, .swish, .relu, .hardSwish]
    for (channels, count) in [(1, 1), (5, 7), (16, 64), (17, 65), (54, 130), (70, 3)] {
      for activation in activations {
        check(kernels, channels, count, activation)
      }
    }
  }

  private func check(_ kernels: KernelSet, _ channels: Int, _ count: Int, _ activation: ActivationFunction?) {
    let name: Comment = "\(channels) × \(count) \(activation.map(\.rawValue) ?? "") on \(kernels.isa)"
    let x = testValues(channels * count, seed: 1).map { 3 * $0 }
    let dy = testValues(channels * count, seed: 2)
    let (scale, added) = (testValues(channels, seed: 3), testValues(channels, seed: 4))
    var expected = [Float](repeating: 0, count: x.count)
    var sums = [Double](repeating: 0, count: channels)
    for i in x.indices {
      let c = i % channels
      let g = dy[i] * (activation?.slope(x[i] * scale[c]) ?? 1)
      expected[i] = g * scale[c] + added[c]
      sums[c] += Double(g) * Double(x[i])
    }
    let kernel = ScaleGradientKernel(kernels: kernels, channels: channels, activation: activation)
    let (source, gradient) = (pixels(x, channels: channels, kernels), pixels(dy, channels: channels, kernels))
    let (factors, terms) = (pixels(scale, channels: channels, kernels), pixels(added, channels: channels, kernels))
    let parts = GuardedDoubles(count: 2 * kernel.partCount)
    for index in 0..<2 * kernel.partCount { parts.pointer[index] = 0 }
    let dx = GuardedBuffer(count: count * kernels.padded(channels))
    let half = count / 2 * kernels.padded(channels)
    kernel.run(
      x: source.floats, dy: gradient.floats, scale: factors.floats, dx: nil, part: parts.pointer, count: count / 2)
    kernel.run(
      x: source.floats, dy: gradient.floats, scale: factors.floats, added: terms.floats, dx: dx.floats, part: nil,
      count: count / 2)
    kernel.run(
      x: source.floats + half, dy: gradient.floats + half, scale: factors.floats, added: terms.floats,
      dx: dx.floats + half, part: parts.pointer + kernel.partCount, count: count - count / 2)
    let found = GuardedBuffer(count: channels)
    kernel.combine(parts: parts.pointer, count: 2, into: found.floats)
    #expect(relativeError(rows(dx, channels: channels, kernels), expected) <= 1e-6, name)
    #expect(relativeError(found.values, sums.map { Float($0) }) <= 2e-6, name)
    #expect(areIntact(source, gradient, factors, terms, dx, found) && parts.isIntact, name)
  }

  /// Many results go around the caches, and are those of few at a time.
  @Test(arguments: KernelSet.forTraining) func manyPixelsGiveWhatFewDo(kernels: KernelSet) {
    let (pixel, count) = (kernels.padded(16), 4 << 20 / 16)
    let x = GuardedBuffer((0..<count * pixel).map { Float($0 % 251) * 0.125 - 15 })
    let dy = GuardedBuffer((0..<count * pixel).map { Float($0 % 241) * 0.25 - 30 })
    let norm = BatchNormKernel(kernels: kernels, channels: 16, epsilon: 1e-5, activation: .relu)
    let factors = GuardedBuffer(testValues(norm.factorCount, seed: 1))
    let elementwise = ElementwiseGradientKernel(kernels: kernels)
    let scale = ScaleGradientKernel(kernels: kernels, channels: 16, activation: .relu)
    let tasks: [(UnsafeMutablePointer<Float>, Range<Int>) -> Void] = [
      { y, run in
        norm.normalize(x: x.floats + run.lowerBound * pixel, factors: factors.floats, y: y, count: run.count)
      },
      { y, run in
        let first = run.lowerBound * pixel
        norm.gradient(x: x.floats + first, dy: dy.floats + first, factors: factors.floats, dx: y, count: run.count)
      },
      { y, run in
        let first = run.lowerBound * pixel
        elementwise.activation(.relu, x: x.floats + first, dy: dy.floats + first, dx: y, count: run.count * pixel)
      },
      { y, run in
        let first = run.lowerBound * pixel
        scale.run(
          x: x.floats + first, dy: dy.floats + first, scale: factors.floats, dx: y, part: nil, count: run.count)
      },
      { y, run in
        elementwise.repeated(pixel: factors.floats, channels: 16, factor: 0.5, to: y, count: run.count)
      },
    ]
    let (many, few) = (GuardedBuffer(count: count * pixel + 1), GuardedBuffer(count: count * pixel))
    for (index, task) in tasks.enumerated() {
      for run in [0..<count / 2, count / 2..<count] { task(few.floats + run.lowerBound * pixel, run) }
      // Where vectors begin, and where they don't.
      for offset in 0..<2 {
        task(many.floats + offset, 0..<count)
        let isSame = (0..<count * pixel).allSatisfy { many.floats[offset + $0] == few.floats[$0] }
        #expect(isSame, "task \(index), \(offset) on \(kernels.isa)")
      }
    }
    #expect(areIntact(many, few))
  }

  @Test(arguments: KernelSet.forTraining) func aPixelIsRepeated(kernels: KernelSet) {
    let values = testValues(21, seed: 1)
    let (pixel, y) = (pixels(values, channels: 21, kernels), GuardedBuffer(count: 5 * kernels.padded(21)))
    ElementwiseGradientKernel(kernels: kernels).repeated(
      pixel: pixel.floats, channels: 21, factor: 0.25, to: y.floats, count: 5)
    #expect(rows(y, channels: 21, kernels) == (0..<5 * 21).map { values[$0 % 21] * 0.25 })
    #expect(y.isIntact)
  }
}
