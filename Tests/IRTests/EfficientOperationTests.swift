import TestSupport
import Tensors
import Testing

@testable import IR

/// Efficient operations against the compositions of plain operations that they stand for.
@Suite struct EfficientOperationTests {
  /// Values that differ from each other, about −1 to 1.
  static func values(_ shape: [Int], _ seed: Int) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { Float(($0 * 37 + seed * 11) % 101) / 50 - 1 }, shape: shape)
  }

  static func convolution(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor, _ window: Window, groups: Int = 1
  ) -> Tensor {
    Operations.Convolution(window: window, groups: groups).evaluate([x, weight, bias])[0]
  }

  static func check(_ operation: any Operation, _ inputs: [Tensor], gives expected: [Tensor]) throws {
    let types = try operation.resultTypes(inputs.map { ValueType($0) })
    #expect(types.map(\.fixedShape) == expected.map(\.shape))
    for (found, expected) in zip(try operation.evaluate(inputs), expected) {
      #expect(found.shape == expected.shape)
      #expect(relativeError(found, expected) < 1e-6)
    }
  }

  @Test(arguments: [
    Operations.Pointwise(stride: [1, 1, 1]),
    Operations.Pointwise(stride: [1, 2, 2], activation: .relu),
    Operations.Pointwise(stride: [2, 1, 3], prologueActivation: .swish, hasScale: true),
    Operations.Pointwise(stride: [1, 1, 1], activation: .hardSwish, hasResidual: true),
    Operations.Pointwise(
      stride: [1, 2, 2], activation: .relu, prologueActivation: .swish, hasScale: true, hasResidual: true),
    Operations.Pointwise(stride: [2, 1], activation: .gelu, prologueActivation: .relu, hasScale: true),
  ]) func pointwiseIsScaleActivationConvolutionSumActivation(_ operation: Operations.Pointwise) throws {
    let rank = operation.stride.count
    let x = Self.values([2, 3] + [3, 5, 4].suffix(rank), 1)
    let (weight, bias) = (Self.values([4, 3], 2), Self.values([4], 3))
    var inputs = [x, weight, bias]
    var y = x
    if operation.hasScale {
      inputs.append(Self.values([2, 3] + [Int](repeating: 1, count: rank), 4))
      y = Reference.binary(y, inputs[3], .multiply)
    }
    if let activation = operation.prologueActivation { y = Operations.Activation(activation).evaluate([y])[0] }
    let ones = [Int](repeating: 1, count: rank)
    y = Self.convolution(y, weight.reshaped(to: [4, 3] + ones), bias, Window(kernel: ones, stride: operation.stride))
    if operation.hasResidual {
      inputs.append(Self.values(y.shape, 5))
      y = Reference.binary(y, inputs[inputs.count - 1], .add)
    }
    if let activation = operation.activation { y = Operations.Activation(activation).evaluate([y])[0] }
    try Self.check(operation, inputs, gives: [y])
  }

  @Test(arguments: [
    Operations.Depthwise(window: Window(kernel: [3, 3, 3], padding: [1, 1, 1])),
    Operations.Depthwise(
      window: Window(kernel: [3, 3, 3], stride: [1, 2, 2], padding: [1, 1, 1]), activation: .swish, emitsMean: true),
    Operations.Depthwise(
      window: Window(
        kernel: [2, 3], stride: [1, 2], paddingBefore: [0, 2], paddingAfter: [1, 0], dilation: [2, 1]),
      activation: .relu, emitsMean: true),
  ]) func depthwiseIsGroupedConvolutionActivationMean(_ operation: Operations.Depthwise) throws {
    let kernel = operation.window.kernel
    let x = Self.values([2, 3] + [4, 5, 6].suffix(kernel.count), 1)
    let (weight, bias) = (Self.values([3] + kernel, 2), Self.values([3], 3))
    var y = Self.convolution(x, weight.reshaped(to: [3, 1] + kernel), bias, operation.window, groups: 3)
    if let activation = operation.activation { y = Operations.Activation(activation).evaluate([y])[0] }
    let mean = Operations.Mean(axes: Array(2..<x.rank), keepsAxes: true).evaluate([y])
    try Self.check(operation, [x, weight, bias], gives: [y] + (operation.emitsMean ? mean : []))
  }

  @Test(arguments: [
    Operations.FusedConvolution(window: Window(kernel: [1, 3, 3], stride: [1, 2, 2], padding: [0, 1, 1])),
    Operations.FusedConvolution(
      window: Window(kernel: [3, 1, 1], padding: [1, 0, 0]), groups: 2, activation: .relu, hasResidual: true),
    Operations.FusedConvolution(window: Window(kernel: [3, 2], dilation: [1, 2]), activation: .tanh),
  ]) func fusedConvolutionIsConvolutionSumActivation(_ operation: Operations.FusedConvolution) throws {
    let kernel = operation.window.kernel
    let x = Self.values([2, 4] + [3, 5, 6].suffix(kernel.count), 1)
    let (weight, bias) = (Self.values([6, 4 / operation.groups] + kernel, 2), Self.values([6], 3))
    var y = Self.convolution(x, weight, bias, operation.window, groups: operation.groups)
    var inputs = [x, weight, bias]
    if operation.hasResidual {
      inputs.append(Self.values(y.shape, 4))
      y = Reference.binary(y, inputs[3], .add)
    }
    if let activation = operation.activation { y = Operations.Activation(activation).evaluate([y])[0] }
    try Self.check(operation, inputs, gives: [y])
  }

  @Test(arguments: [ActivationFunction.relu, .swish, nil], [(4, ActivationFunction.sigmoid, 4), (5, .hardSigmoid, 6)])
  func squeezeExciteIsTwoPointwiseConvolutions(
    _ activation: ActivationFunction?, form: (rank: Int, gate: ActivationFunction, scales: Int)
  ) throws {
    let (rank, gate, scales) = form
    let ones = [Int](repeating: 1, count: rank - 2)
    let window = Window(kernel: ones)
    let inputs = [
      Self.values([2, 4] + ones, 1), Self.values([3, 4], 2), Self.values([3], 3), Self.values([scales, 3], 4),
      Self.values([scales], 5),
    ]
    var y = Self.convolution(inputs[0], inputs[1].reshaped(to: [3, 4] + ones), inputs[2], window)
    if let activation { y = Operations.Activation(activation).evaluate([y])[0] }
    y = Self.convolution(y, inputs[3].reshaped(to: [scales, 3] + ones), inputs[4], window)
    y = Operations.Activation(gate).evaluate([y])[0]
    try Self.check(Operations.SqueezeExcite(activation: activation, gate: gate), inputs, gives: [y])
  }

  /// Multiply-adds are those of the operations that were there before.
  @Test func multiplyAddsAreThoseOfTheConvolutions() {
    #expect(
      Operations.Pointwise(stride: [1, 1]).multiplyAdds(
        inputs: [[2, 3, 5, 7], [4, 3], [4]], results: [[2, 4, 5, 7]]) == 2 * 4 * 5 * 7 * 3)
    #expect(
      Operations.Depthwise(window: Window(kernel: [3, 3])).multiplyAdds(
        inputs: [[2, 4, 7, 9], [4, 3, 3], [4]], results: [[2, 4, 5, 7]]) == 2 * 4 * 5 * 7 * 9)
    #expect(
      Operations.FusedConvolution(window: Window(kernel: [3, 3]), groups: 2).multiplyAdds(
        inputs: [[2, 6, 7, 9], [4, 3, 3, 3], [4]], results: [[2, 4, 5, 7]]) == 2 * 4 * 5 * 7 * 27)
    #expect(
      Operations.SqueezeExcite().multiplyAdds(
        inputs: [[2, 4, 1, 1], [3, 4], [3], [4, 3], [4]], results: [[2, 4, 1, 1]]) == 2 * 24)
  }

  @Test(arguments: [
    (0, [2, 4, 3, 5], "a window of 3 axes"), (1, [4, 2], "the weight must be [4, 3]"), (2, [3], "the bias must be [4]"),
    (3, [2, 3, 1, 1, 2], "the scale must be [2, 3, 1, 1, 1]"),
    (4, [2, 4, 3, 5, 5], "the residual must be [2, 4, 3, 5, 4]"),
  ]) func misshapenInputsOfAPointwiseAreNamed(_ index: Int, _ shape: [Int], _ problem: String) {
    var shapes = [[2, 3, 3, 5, 4], [4, 3], [4], [2, 3, 1, 1, 1], [2, 4, 3, 5, 4]]
    shapes[index] = shape
    let operation = Operations.Pointwise(stride: [1, 1, 1], hasScale: true, hasResidual: true)
    #expect {
      _ = try operation.resultTypes(shapes.map { ValueType($0.map { .fixed($0) }) })
    } throws: { ($0 as? ShapeError)?.reason.contains(problem) == true }
  }
}
