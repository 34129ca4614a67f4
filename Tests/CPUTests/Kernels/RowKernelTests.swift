@testable import IR
import KernelTestSupport
import Testing

@testable import CPU

/// Kernels on rows of floats of any length.
struct RowKernelTests {
  static let counts = [1, 3, 8, 17, 64, 131]

  @Test(arguments: KernelSet.float32) func functionsOfWholeRows(_ kernels: KernelSet) {
    for function in UnaryFunction.allCases {
      guard let kernel = RowFunctionKernel(kernels: kernels, function) else { continue }
      let values = ElementwiseKernelTests.arguments.map { function == .sqrt ? abs($0) : $0 == 0 ? 1 : $0 }
      check(kernel, values, "\(function)") { Float.value(function, $0) }
    }
    for function in ParametricFunction.allCases {
      guard let kernel = RowFunctionKernel(kernels: kernels, function, alpha: 0.5, beta: 1.25) else { continue }
      check(kernel, ElementwiseKernelTests.arguments, "\(function)") {
        Float(function(Double($0), alpha: 0.5, beta: 1.25))
      }
    }
  }

  private func check(_ kernel: RowFunctionKernel, _ values: [Float], _ name: Comment, _ function: (Float) -> Float) {
    for count in Self.counts + [values.count] {
      let input = GuardedBuffer(Array(values.prefix(count)))
      let output = GuardedBuffer(count: count)
      kernel.run(
        input: input.reader.assumingMemoryBound(to: Float.self),
        output: output.pointer.assumingMemoryBound(to: Float.self), count: count)
      for (x, y) in zip(input.values, output.values) {
        let expected = function(x)
        #expect(y == expected || abs(y - expected) <= 2e-6 * max(abs(expected), 1), "\(name) of \(x)")
      }
      #expect(areIntact(input, output), name)
    }
  }

  @Test(arguments: KernelSet.float32) func exponentialsEndWhereFloatsEnd(_ kernels: KernelSet) throws {
    let kernel = try #require(RowFunctionKernel(kernels: kernels, .exp))
    let input = GuardedBuffer([88.8, -200, .infinity, -.infinity, .nan, 0])
    let output = GuardedBuffer(count: input.count)
    kernel.run(
      input: input.reader.assumingMemoryBound(to: Float.self),
      output: output.pointer.assumingMemoryBound(to: Float.self), count: input.count)
    #expect(Array(output.values[..<4]) == [.infinity, 0, .infinity, 0])
    #expect(output.values[4].isNaN && output.values[5] == 1)
  }

  @Test(arguments: KernelSet.float32) func normsOfRows(_ kernels: KernelSet) {
    for (count, rows) in Self.counts.flatMap({ [($0, 1), ($0, 3)] }) {
      for centers in [true, false] {
        let input = GuardedBuffer(testValues(count * rows, seed: 1))
        let (scale, shift) = (GuardedBuffer(testValues(count, seed: 2)), GuardedBuffer(testValues(count, seed: 3)))
        let output = GuardedBuffer(count: count * rows)
        RowNormKernel(kernels: kernels, count: count, epsilon: 1e-3, centers: centers).run(
          input: input.reader.assumingMemoryBound(to: Float.self),
          scale: scale.reader.assumingMemoryBound(to: Float.self),
          shift: centers ? shift.reader.assumingMemoryBound(to: Float.self) : nil,
          output: output.pointer.assumingMemoryBound(to: Float.self), rows: rows)
        let expected = (0..<rows).flatMap { row -> [Float] in
          let x = input.values[row * count..<(row + 1) * count].map { Double($0) }
          let mean = centers ? x.reduce(0, +) / Double(count) : 0
          let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
          return x.indices.map {
            let value = (x[$0] - mean) / (variance + 1e-3).squareRoot() * Double(scale[$0])
            return Float(value + (centers ? Double(shift[$0]) : 0))
          }
        }
        #expect(relativeError(output.values, expected) < 1e-6, "\(rows) rows of \(count), centers \(centers)")
        #expect(areIntact(input, scale, shift, output))
      }
    }
  }
}
