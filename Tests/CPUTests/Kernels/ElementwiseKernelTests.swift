@testable import CPU
import IR
import KernelTestSupport
import Tensors
import Testing

struct ElementwiseKernelTests {
  /// From where functions bend to where float32 ends, more densely near 0.
  static let arguments: [Float] = {
    let sizes = (0..<4000).map { index in Float(index) * Float(index) * 5.4e-6 }
    return sizes.map { -$0 } + sizes
  }()

  /// The functions in double precision; the reference's own float32 has errors of its own.
  static func exact(_ function: ActivationFunction?, _ x: Double) -> Double {
    let sigmoid = 1 / (1 + exponential(-x))
    return switch function {
    case nil: x
    case .relu: max(x, 0)
    case .swish: x * sigmoid
    case .hardSwish: x * min(max(x + 3, 0), 6) / 6
    case .sigmoid: sigmoid
    case .hardSigmoid: min(max(x + 3, 0), 6) / 6
    // Tested against the reference, as the standard library has no error function.
    case .gelu: Double(ActivationFunction.gelu(Float(x)))
    case .tanh: x == 0 ? 0 : (exponential(x) - exponential(-x)) / (exponential(x) + exponential(-x))
    }
  }

  /// e to the power of x, by its series on a small interval and squarings.
  static func exponential(_ x: Double) -> Double {
    let small = x / 1024
    var (term, sum) = (1.0, 1.0)
    for n in 1...12 {
      term *= small / Double(n)
      sum += term
    }
    return (0..<10).reduce(sum) { power, _ in power * power }
  }

  @Test(arguments: KernelSet.all, [nil] + ActivationFunction.allCases)
  func activationsAreExact(kernels: KernelSet, function: ActivationFunction?) {
    let input = GuardedBuffer(Self.arguments, kernels.format)
    let output = GuardedBuffer(count: input.count, kernels.format)
    ElementwiseKernel(kernels: kernels).activate(
      function, input: input.reader, output: output.pointer, count: input.count)
    for (x, y) in zip(input.values, output.values) {
      let exact = Self.exact(function, Double(x))
      let isRelative = function == .sigmoid || function == .swish
      let scale = isRelative ? abs(exact) : max(abs(exact), 1)
      // Halves end at 2⁻²⁴, and are rounded to eleven digits.
      let allowed = 2e-6 * scale + (kernels.format == .float32 ? 0 : 0x1p-25 + 0x1p-11 * abs(exact))
      #expect(abs(Double(y) - exact) <= allowed, "at \(x)")
    }
    #expect(areIntact(input, output))
  }

  @Test func activationsAreTheSameBitsOnEveryISA() {
    for function in ActivationFunction.allCases {
      let results = KernelSet.float32.map { kernels in
        let input = GuardedBuffer(Self.arguments)
        ElementwiseKernel(kernels: kernels)
          .activate(function, input: input.reader, output: input.pointer, count: input.count)
        return input.values.map(\.bitPattern)
      }
      #expect(results.allSatisfy { $0 == results[0] }, "\(function)")
    }
  }

  @Test(arguments: KernelSet.all, ActivationFunction.allCases)
  func activationsShowNaN(kernels: KernelSet, function: ActivationFunction) {
    let values = GuardedBuffer(
      [Float](repeating: Float(bitPattern: 0xFFC1_2345), count: kernels.width), kernels.format)
    ElementwiseKernel(kernels: kernels).activate(
      function, input: values.reader, output: values.pointer, count: values.count)
    #expect(values.values.allSatisfy { $0.isNaN })
  }

  @Test(arguments: KernelSet.all)
  func combinesTwoOperands(kernels: KernelSet) {
    let kernel = ElementwiseKernel(kernels: kernels)
    for function in BinaryFunction.allCases where function.code != nil {
      for (vectorsInPixel, pixels) in [(1, 1), (3, 7), (1, 300), (300, 2), (2, 0)] {
        let pixel = vectorsInPixel * kernels.width
        let left = GuardedBuffer(
          testValues(pixel * pixels, seed: 1).map { $0 < 0 ? $0 - 0.25 : $0 + 0.25 }, kernels.format)
        let same = GuardedBuffer(
          testValues(pixel * pixels, seed: 2).map { $0 < 0 ? $0 - 0.25 : $0 + 0.25 }, kernels.format)
        let one = GuardedBuffer(testValues(pixel, seed: 3).map { $0 < 0 ? $0 - 0.25 : $0 + 0.25 }, kernels.format)
        let operands: [(ElementwiseKernel.Operand, (Int) -> Float)] = [
          (.same(same.reader), { same[$0] }), (.pixel(one.reader, count: pixel), { one[$0 % pixel] }),
          (.scalar(0.3), { _ in 0.3 }),
        ]
        for (operand, right) in operands {
          for swapped in [false, true] {
            for activation in [nil, ActivationFunction.relu, .hardSwish] {
              let output = GuardedBuffer(count: left.count, kernels.format)
              kernel.combine(
                function, left.reader, operand, swapped: swapped, activation: activation, output: output.pointer,
                count: left.count)
              let expected = left.values.enumerated().map { index, value in
                let result = swapped ? function(right(index), value) : function(value, right(index))
                return activation?(result) ?? result
              }
              let name: Comment = "\(function), \(pixels) pixels of \(pixel), swapped \(swapped), \(operand)"
              #expect(relativeError(output.values, expected) <= kernels.tolerance, name)
              #expect(areIntact(left, same, one, output), name)
            }
          }
        }
      }
    }
  }

  @Test(arguments: KernelSet.all, [1, 2, 7, 8, 15, 16, 17, 64, 400])
  func softmaxSumsToOne(kernels: KernelSet, count: Int) {
    for (scale, offset) in [(0.1, 0), (5, 0), (80, 0), (5, -200), (5, 200)] as [(Float, Float)] {
      let logits = Tensor(
        kernels.rounded(testValues(3 * count, seed: 8).map { scale * $0 + offset }), shape: [3, count])
      let expected: [Float] = Reference.softmax(logits, axis: 1).elements()
      // The rows' padding holds NaN and is nobody's.
      let stride = count + 5
      let buffer = GuardedBuffer(count: 3 * stride, kernels.format)
      for row in 0..<3 {
        for index in 0..<count { buffer[row * stride + index] = logits.elements(as: Float.self)[row * count + index] }
      }
      SoftmaxKernel(kernels: kernels, count: count)
        .run(input: buffer.reader, output: buffer.pointer, stride: stride, rows: 0..<3)
      for row in 0..<3 {
        let actual = Array(buffer.values[row * stride..<row * stride + count])
        #expect(
          relativeError(actual, Array(expected[row * count..<(row + 1) * count])) <= max(5e-6, kernels.tolerance),
          "scale \(scale), offset \(offset)")
        #expect(abs(Double(actual.reduce(0, +)) - 1) < kernels.tolerance)
        #expect(buffer.isUntouched(row * stride + count..<(row + 1) * stride))
      }
      #expect(buffer.isIntact)
    }
  }

  @Test(arguments: KernelSet.all, [[1], [3, 5], [16, 16], [7, 16, 9], [17, 1, 30, 2], [4, 0, 4]])
  func concatenatesChannels(kernels: KernelSet, channels: [Int]) {
    let kernel = ConcatenationKernel(kernels: kernels, channels: channels)
    let total = channels.reduce(0, +)
    let count = 6
    let parts = channels.indices.map { kernels.rounded(testValues(count * channels[$0], seed: UInt64($0))) }
    let expected = (0..<count).flatMap { pixel in
      channels.indices.flatMap { part in
        (0..<channels[part]).map { parts[part][pixel * channels[part] + $0] }
      }
    }
    let output = GuardedBuffer(count: count * kernel.outputPixel, kernels.format)
    for index in channels.indices.reversed() where channels[index] > 0 {
      let input = pixels(parts[index], channels: channels[index], kernels)
      let pixel = kernels.padded(channels[index]) * kernels.elementSize
      // The pixels in two ranges.
      for (first, end) in [(4, 6), (0, 4)] {
        kernel.copy(
          input: index, from: input.reader + first * pixel,
          to: output.pointer + first * kernel.outputPixel * kernels.elementSize, count: end - first)
      }
      #expect(input.isIntact)
    }
    #expect(rows(output, channels: total, kernels) == expected)
    #expect(output.isIntact)
  }
}
