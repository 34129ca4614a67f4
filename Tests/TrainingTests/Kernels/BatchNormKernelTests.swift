import IR
import KernelTestSupport
import CPU
import Tensors
import Testing

@testable import Training

struct BatchNormKernelTests {
  struct Layer: Sendable {
    var channels: Int
    var shape: [Int]
    var activation: ActivationFunction?
    var hasResidual = false
  }

  static let layers: [Layer] =
    [1, 3, 7, 8, 16, 17, 24, 31, 40, 54, 63, 66].map { Layer(channels: $0, shape: [2, 3, 2, 5]) }
    + [[1, 1, 1, 2], [1, 1, 1, 7], [3, 1, 4, 1], [1, 2, 8, 8], [2, 4, 9, 9]].map {
      Layer(channels: 5, shape: $0, activation: .relu)
    }
    + ActivationFunction.allCases.map { Layer(channels: 21, shape: [3, 2, 5, 6], activation: $0) }
    + [nil, .relu].map { Layer(channels: 21, shape: [3, 2, 5, 6], activation: $0, hasResidual: true) }

  static let epsilon: Float = 1e-3

  @Test(arguments: KernelSet.forTraining) func agreesWithTheScalarMeaning(kernels: KernelSet) {
    for (index, layer) in Self.layers.enumerated() {
      for threads in [1, 3] { check(layer, kernels, threads: threads, seed: UInt64(10 * index)) }
    }
  }

  /// Forwards and backwards, with the pixels cut into runs.
  private func check(_ layer: Layer, _ kernels: KernelSet, threads: Int, seed: UInt64) {
    let name: Comment = "\(layer) by \(threads) on \(kernels.isa)"
    let channels = layer.channels
    let shape = [layer.shape[0], channels] + layer.shape[1...]
    let values = testValues(shape.reduce(1, *), seed: seed).map { 2 * $0 + 0.7 }
    let x = Tensor(values, shape: shape)
    let residual = testTensor(shape, seed: seed + 1)
    let dy = testTensor(shape, seed: seed + 2)
    let scale = testTensor([channels], seed: seed + 3)
    let shift = testTensor([channels], seed: seed + 4)
    // The scalar meaning, operation by operation.
    let forwards = Operations.BatchNormTraining(epsilon: Self.epsilon).evaluate([x, scale, shift])
    let sums = forwards[0].elements(as: Float.self)
    let before = layer.hasResidual ? zip(sums, residual.elements(as: Float.self)).map { $0 + $1 } : sums
    let y = layer.activation.map { before.map($0.callAsFunction) } ?? before
    var g = dy
    if let activation = layer.activation {
      g = Operations.ActivationGradient(function: activation).evaluate([Tensor(before, shape: shape), dy])[0]
    }
    let backwards = Operations.BatchNormGradient(epsilon: Self.epsilon, usesBatch: true).evaluate(
      [x, g, scale, forwards[1], forwards[2]])

    let kernel = BatchNormKernel(
      kernels: kernels, channels: channels, epsilon: Self.epsilon, activation: layer.activation,
      hasResidual: layer.hasResidual)
    let count = shape[0] * shape[2...].reduce(1, *)
    let runs = (0..<threads).map { $0 * count / threads..<($0 + 1) * count / threads }
    let pixel = kernels.padded(channels)
    let (source, added, gradient) = (images(x, kernels), images(residual, kernels), images(dy, kernels))
    let parts = GuardedDoubles(count: threads * kernel.partCount)
    let factors = GuardedBuffer(count: kernel.factorCount)
    let (mean, variance) = (GuardedBuffer(count: channels), GuardedBuffer(count: channels))
    for (thread, run) in runs.enumerated() {
      let part = parts.pointer + thread * kernel.partCount
      // A pixel first, then the others.
      for (index, own) in [run.prefix(1), run.dropFirst()].enumerated() {
        kernel.addMoments(x: source.floats + own.startIndex * pixel, count: own.count, adds: index > 0, part: part)
      }
    }
    kernel.statistics(parts: parts.pointer, count: threads, mean: mean.floats, variance: variance.floats)
    #expect(relativeError(mean.values, forwards[1].elements()) <= 1e-6, name)
    #expect(relativeError(variance.values, forwards[2].elements()) <= 1e-6, name)
    kernel.prepare(
      scale: scale.elements(), shift: shift.elements(), mean: mean.floats, variance: variance.floats,
      factors: factors.floats)
    let output = imageBuffer(shape, kernels)
    for run in runs {
      kernel.normalize(
        x: source.floats + run.lowerBound * pixel,
        residual: layer.hasResidual ? added.floats + run.lowerBound * pixel : nil, factors: factors.floats,
        y: output.floats + run.lowerBound * pixel, count: run.count)
    }
    #expect(relativeError(clips(output, shape, kernels), y) <= 2e-6, name)

    let masks = layer.hasResidual && layer.activation == .relu
    let masked = imageBuffer(shape, kernels)
    for (thread, run) in runs.enumerated() {
      let part = parts.pointer + thread * kernel.partCount
      for (index, own) in [run.prefix(run.count / 2), run.dropFirst(run.count / 2)].enumerated() {
        let offset = own.startIndex * pixel
        kernel.addSums(
          x: source.floats + offset, dy: gradient.floats + offset, y: masks ? output.floats + offset : nil,
          g: masks ? masked.floats + offset : nil, factors: factors.floats, count: own.count,
          adds: index > 0, part: part)
      }
    }
    if masks { #expect(clips(masked, shape, kernels) == g.elements(), name) }
    let (scaleGradient, shiftGradient) = (GuardedBuffer(count: channels), GuardedBuffer(count: channels))
    kernel.gradients(
      parts: parts.pointer, count: threads, positions: count, factors: factors.floats, scale: scaleGradient.floats,
      shift: shiftGradient.floats)
    let dx = imageBuffer(shape, kernels)
    for run in runs {
      let offset = run.lowerBound * pixel
      kernel.gradient(
        x: source.floats + offset, dy: (masks ? masked : gradient).floats + offset, factors: factors.floats,
        dx: dx.floats + offset, count: run.count)
    }
    #expect(relativeError(scaleGradient.values, backwards[1].elements()) <= 4e-6, name)
    #expect(relativeError(shiftGradient.values, backwards[2].elements()) <= 4e-6, name)
    // Of two pixels, whose gradients all but vanish, only roundings are left.
    if count > 2 { #expect(relativeError(clips(dx, shape, kernels), backwards[0].elements()) <= 4e-6, name) }
    #expect(
      areIntact(source, added, gradient, factors, mean, variance, output, masked, scaleGradient, shiftGradient, dx)
        && parts.isIntact, name)
  }

  @Test(arguments: KernelSet.forTraining) func givenStatisticsAreNotDifferentiated(kernels: KernelSet) {
    let shape = [2, 5, 1, 3, 4]
    let (x, dy) = (testTensor(shape, seed: 1), testTensor(shape, seed: 2))
    let (scale, mean) = (testTensor([5], seed: 3), testTensor([5], seed: 4))
    let variance = Tensor([0.5, 1, 2, 3, 4] as [Float], shape: [5])
    let expected = Operations.BatchNormGradient(epsilon: 1e-5, usesBatch: false).evaluate(
      [x, dy, scale, mean, variance])
    let kernel = BatchNormKernel(kernels: kernels, channels: 5, epsilon: 1e-5)
    let (factors, part) = (GuardedBuffer(count: kernel.factorCount), GuardedDoubles(count: kernel.partCount))
    kernel.prepare(
      scale: scale.elements(), shift: scale.elements(), mean: mean.elements(), variance: variance.elements(),
      factors: factors.floats)
    let (source, gradient, dx) = (images(x, kernels), images(dy, kernels), imageBuffer(shape, kernels))
    kernel.addSums(x: source.floats, dy: gradient.floats, factors: factors.floats, count: 24, part: part.pointer)
    let (scaleGradient, shiftGradient) = (GuardedBuffer(count: 5), GuardedBuffer(count: 5))
    kernel.gradients(
      parts: part.pointer, count: 1, positions: nil, factors: factors.floats, scale: scaleGradient.floats,
      shift: shiftGradient.floats)
    kernel.gradient(x: source.floats, dy: gradient.floats, factors: factors.floats, dx: dx.floats, count: 24)
    #expect(relativeError(clips(dx, shape, kernels), expected[0].elements()) <= 1e-6)
    #expect(relativeError(scaleGradient.values, expected[1].elements()) <= 2e-6)
    #expect(relativeError(shiftGradient.values, expected[2].elements()) <= 2e-6)
  }

  /// Means far from zero, a first pixel that is like no other, hundreds of thousands of pixels.
  @Test(arguments: KernelSet.forTraining) func statisticsOfManyPixelsAreThoseOfDoubles(kernels: KernelSet) {
    for (count, offset, first) in [(200_000, Float(0), Float(0)), (200_000, 300, 300), (5000, -20, 4000)] {
      var values = testValues(count, seed: 7).map { $0 + offset }
      values[0] = first
      let kernel = BatchNormKernel(kernels: kernels, channels: 1, epsilon: 1e-5)
      let part = GuardedDoubles(count: 2 * kernel.partCount)
      let x = pixels(values, channels: 1, kernels)
      let half = count / 2 + 17
      kernel.addMoments(x: x.floats, count: half, part: part.pointer)
      kernel.addMoments(
        x: x.floats + half * kernels.padded(1), count: count - half, part: part.pointer + kernel.partCount)
      var (mean, variance): (Float, Float) = (0, 0)
      kernel.statistics(parts: part.pointer, count: 2, mean: &mean, variance: &variance)
      let average = values.reduce(0.0) { $0 + Double($1) } / Double(count)
      let spread = values.reduce(0.0) { $0 + (Double($1) - average) * (Double($1) - average) } / Double(count)
      #expect(abs(Double(mean) - average) <= 1e-6 * max(abs(average), spread.squareRoot()), "\(offset)")
      #expect(abs(Double(variance) - spread) <= 1e-6 * spread, "\(offset)")
    }
  }
}
