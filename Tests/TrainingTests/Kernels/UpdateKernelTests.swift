import KernelTestSupport
import CPU
import Testing

@testable import Training

/// Steps of optimizers against their formulas, to the last bit.
struct UpdateKernelTests {
  static let counts = [0, 1, 5, 7, 8, 15, 16, 17, 100]

  @Test(arguments: KernelSet.forTraining) func descendsByTheFormula(kernels: KernelSet) {
    let (rate, scale, decay, momentum): (Float, Float, Float, Float) = (0.1, 0.7, 0.01, 0.9)
    for count in Self.counts {
      for (hasVelocity, isNesterov) in [(false, false), (true, false), (true, true)] {
        let gradient = GuardedBuffer(testValues(count, seed: 1))
        let (weight, velocity) = (GuardedBuffer(testValues(count, seed: 2)), GuardedBuffer(testValues(count, seed: 3)))
        var (weights, velocities) = (weight.values, velocity.values)
        for i in 0..<count {
          let slope = gradient[i] * scale + decay * weights[i]
          velocities[i] = hasVelocity ? momentum * velocities[i] + slope : velocities[i]
          let change = !hasVelocity ? slope : isNesterov ? slope + momentum * velocities[i] : velocities[i]
          weights[i] -= rate * change
        }
        UpdateKernel(kernels: kernels).descend(
          weight: weight.floats, gradient: gradient.floats, velocity: hasVelocity ? velocity.floats : nil, count: count,
          rate: rate, scale: scale, decay: decay, momentum: momentum, isNesterov: isNesterov)
        #expect(weight.values == weights && velocity.values == velocities, "\(count) on \(kernels.isa)")
        #expect(areIntact(gradient, weight, velocity))
      }
    }
  }

  @Test(arguments: KernelSet.forTraining) func adaptsByTheFormula(kernels: KernelSet) {
    let (scale, beta1, beta2, epsilon): (Float, Float, Float, Float) = (0.7, 0.9, 0.999, 1e-8)
    let (kept, step, root): (Float, Float, Float) = (0.999, 0.02, 0.3)
    for count in Self.counts {
      let gradient = GuardedBuffer(testValues(count, seed: 1))
      let (weight, mean) = (GuardedBuffer(testValues(count, seed: 2)), GuardedBuffer(testValues(count, seed: 3)))
      let square = GuardedBuffer(testValues(count, seed: 4).map { $0 * $0 })
      var (weights, means, squares) = (weight.values, mean.values, square.values)
      for i in 0..<count {
        let slope = gradient[i] * scale
        means[i] += (1 - beta1) * (slope - means[i])
        squares[i] = beta2 * squares[i] + (1 - beta2) * slope * slope
        weights[i] = weights[i] * kept - step * means[i] / (squares[i].squareRoot() / root + epsilon)
      }
      UpdateKernel(kernels: kernels).adapt(
        weight: weight.floats, gradient: gradient.floats, mean: mean.floats, square: square.floats, count: count,
        scale: scale, beta1: beta1, beta2: beta2, epsilon: epsilon, kept: kept, step: step, root: root)
      #expect(
        weight.values == weights && mean.values == means && square.values == squares, "\(count) on \(kernels.isa)")
      #expect(areIntact(gradient, weight, mean, square))
    }
  }

  @Test(arguments: KernelSet.forTraining) func squaresAreThoseOfDoubles(kernels: KernelSet) {
    let kernel = UpdateKernel(kernels: kernels)
    for count in Self.counts + [100_003] {
      let x = GuardedBuffer(testValues(count, seed: 1))
      let expected = x.values.reduce(0.0) { $0 + Double($1) * Double($1) }
      #expect(abs(kernel.squares(x.floats, count: count) - expected) <= 1e-12 * max(expected, 1))
      // Too large for the square of a float.
      if count > 0 {
        x[count / 2] = 1e30
        #expect(kernel.squares(x.floats, count: count) > 1e59)
        x[count - 1] = .nan
        #expect(kernel.squares(x.floats, count: count).isNaN)
      }
    }
  }
}
