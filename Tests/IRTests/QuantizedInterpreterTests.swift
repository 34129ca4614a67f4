import TestSupport
import Tensors
import Testing

@testable import IR

/// The arithmetic of quantized graphs, operation by operation.
@Suite struct QuantizedInterpreterTests {
  static func bytes(_ shape: [Int], _ seed: Int) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { Int8(truncatingIfNeeded: $0 * 73 + seed * 29 + $0 / 7) }, shape: shape)
  }

  @Test(
    arguments: [
      (5, 4, 1, [3, 3, 3], [1, 1, 1]), (6, 6, 6, [3, 3, 3], [1, 2, 2]), (4, 6, 2, [1, 3, 3], [1, 1, 2]),
      // More products than float32 sums exactly: in blocks of channels, group by group, and a window that is a block.
      (1100, 3, 1, [1, 1, 1], [1, 1, 1]), (130, 4, 2, [3, 3, 1], [1, 1, 1]), (2, 3, 1, [9, 9, 9], [1, 1, 1]),
    ] as [(Int, Int, Int, [Int], [Int])])
  func sumsAreExact(_ channels: Int, _ outputs: Int, _ groups: Int, _ kernel: [Int], _ stride: [Int]) {
    for zeroPoint in [Int8(-128), 0, 127] {
      let x = Self.bytes([1, channels, 2, 3, 4], 1)
      let weight = Self.bytes([outputs, channels / groups] + kernel, 2)
      let bias = Tensor((0..<outputs).map { Int32($0 * 100_000 - 7) }, shape: [outputs])
      let window = Window(kernel: kernel, stride: stride, padding: kernel.map { $0 / 2 })
      let found = IntegerSums.convolution(
        x, zeroPoint: zeroPoint, weight: weight, bias: bias, window: window, groups: groups)
      let expected = Reference.Quantized.convolution(
        x.elements(), zeroPoint: zeroPoint, weight: weight.elements(), bias: bias.elements(), window: window,
        inputSize: [2, 3, 4], groups: groups)
      #expect(found.elements(as: Int32.self) == expected)
    }
  }

  /// A graph of one operation on values, with parameters.
  static func graph(_ operation: any Operation, values: [[Int]], parameters: [[Int]]) throws -> Graph {
    var graph = Graph()
    let inputs = values.enumerated().map { index, shape in
      graph.addInput(name: "x\(index)", type: ValueType(shape.map { .fixed($0) }))
    }
    let weights = parameters.enumerated().map { index, shape in
      graph.addParameter(path: "p\(index)", role: .weight, type: ValueType(shape.map { .fixed($0) }))
    }
    let order = [inputs[0]] + weights + inputs.dropFirst()
    graph.outputs = Array(try graph.addNode(operation, inputs: order, scope: "layer").prefix(1))
    return graph
  }

  static let half = QuantizationParameters(scale: 0.5, zeroPoint: 10)

  @Test(
    arguments: [
      (nil, [-17, 127]), (.relu, [-3, 127]), (.hardSigmoid, [-3, 1]),
    ] as [(ActivationFunction?, [Int8])])
  func pointwiseIsSumsFactorsResidualActivationRounding(_ activation: ActivationFunction?, _ expected: [Int8]) throws {
    let operation = Operations.Pointwise(stride: [1, 1, 1], activation: activation, hasResidual: true)
    let graph = try Self.graph(
      operation, values: [[1, 2, 1, 1, 1], [1, 2, 1, 1, 1]], parameters: [[2, 2], [2]])
    let result = graph.resultName(0)
    let table = QuantizationTable(
      values: [
        "x0": .byte(Self.half), "x1": .byte(QuantizationParameters(scale: 2, zeroPoint: 0)),
        result: .byte(QuantizationParameters(scale: 0.25, zeroPoint: -3)),
      ], prologues: [:])
    let interpreter = try QuantizedInterpreter(
      graph,
      weights: [
        "p0": Tensor([1, -2, 100, 100] as [Int8], shape: [2, 2]), "p0.scale": Tensor([1, 0.5] as [Float], shape: [2]),
        "p1": Tensor([-3, 0] as [Int32], shape: [2]),
      ], table: table)
    // x is 2 and 3 steps; its sums are 2 − 6 − 3 = −7 and 500, of 2 steps of the result and 1; the residual is 0 and −2 steps.
    var seen: [Int8] = []
    _ = try interpreter.run([
      Tensor([1, 1.5] as [Float], shape: [1, 2, 1, 1, 1]), Tensor([0.8, -4] as [Float], shape: [1, 2, 1, 1, 1]),
    ]) { id, value in
      if graph[id].name == result { seen = value.stored.elements() }
    }
    // −14 steps, or 0 with an activation, from −3 on; 500 − 16 steps saturate, but for hard sigmoid's 1, which are 4 steps.
    #expect(seen == expected)
  }

  @Test func wordsGoThroughScaleAndActivationToBytes() throws {
    var graph = Graph()
    let fixed = { (shape: [Int]) in ValueType(shape.map { .fixed($0) }) }
    let x = graph.addInput(name: "x", type: fixed([1, 1, 1, 1, 2]))
    let gate = graph.addInput(name: "gate", type: fixed([1, 1, 1, 1, 1]))
    let parameters = [[1, 1, 1, 1], [1], [1, 1], [1]].enumerated().map { index, shape in
      graph.addParameter(path: "p\(index)", role: .weight, type: fixed(shape))
    }
    let depthwise = Operations.Depthwise(window: Window(kernel: [1, 1, 1]), emitsMean: true)
    let y = try graph.addNode(depthwise, inputs: [x] + parameters[..<2], scope: "depthwise")
    let pointwise = Operations.Pointwise(stride: [1, 1, 1], prologueActivation: .hardSwish, hasScale: true)
    let z = try graph.addNode(pointwise, inputs: [y[0]] + parameters[2...] + [gate], scope: "pointwise")
    graph.outputs = [z[0], y[1]]
    let table = QuantizationTable(
      values: ["x": .byte(Self.half), graph.resultName(0): .word(scale: 0.001)],
      prologues: [graph.resultName(1): QuantizationParameters(scale: 0.1, zeroPoint: -128)])
    let interpreter = try QuantizedInterpreter(
      graph,
      weights: [
        "p0": Tensor([2] as [Int8], shape: [1, 1, 1, 1]), "p0.scale": Tensor([0.003] as [Float], shape: [1]),
        "p1": Tensor([0] as [Int32], shape: [1]), "p2": Tensor([5] as [Int8], shape: [1, 1]),
        "p2.scale": Tensor([2] as [Float], shape: [1]), "p3": Tensor([1] as [Int32], shape: [1]),
      ], table: table)
    var words: [Int16] = []
    let outputs = try interpreter.run([
      Tensor([2, -1] as [Float], shape: [1, 1, 1, 1, 2]), Tensor([500] as [Float], shape: [1, 1, 1, 1, 1]),
    ]) { id, value in
      if id == y[0] { words = value.stored.elements() }
    }
    // 4 and −2 steps · 2 · 0.0015 are 0.012 and −0.006.
    #expect(words == [12, -6])
    #expect(outputs[1].elements(as: Float.self) == [0.003])
    // Times 500: 6 and −3; hard swish makes 6 and 0 of them, or 60 and 0 steps; times 5 plus 1, in units of 0.2.
    #expect(
      outputs[0].elements(as: Float.self) == [Float(301) * Float(0.1 as Float * 2), Float(1) * Float(0.1 as Float * 2)])
  }

  @Test func joinedValuesAreRoundedToOneQuantization() throws {
    let graph = try Self.graph(Operations.Concat(axis: 1), values: [[1, 2, 1, 1], [1, 1, 1, 1]], parameters: [])
    let table = QuantizationTable(
      values: [
        "x0": .byte(Self.half), "x1": .byte(QuantizationParameters(scale: 0.25, zeroPoint: 0)),
        graph.resultName(0): .byte(QuantizationParameters(scale: 1, zeroPoint: -3)),
      ], prologues: [:])
    let output = try QuantizedInterpreter(graph, weights: [:], table: table).run([
      Tensor([3.5, -0.5] as [Float], shape: [1, 2, 1, 1]), Tensor([-2.25] as [Float], shape: [1, 1, 1, 1]),
    ])
    // Ties go to even numbers.
    #expect(output[0].elements(as: Float.self) == [4, 0, -2])
  }

  @Test func activationsByThemselvesAreIntegersAfterIntegersAlone() throws {
    func graph(after operation: any Operation) throws -> Graph {
      var graph = try Self.graph(operation, values: [[1, 2, 2, 2]], parameters: [])
      graph.outputs = try graph.addNode(Operations.Activation(.relu), inputs: graph.outputs, scope: "relu")
      return graph
    }
    let pooled = try graph(after: Operations.Pool(.maximum, window: Window(kernel: [2, 1])))
    #expect(QuantizationPoints(pooled).nodes == [0, 1])
    #expect(QuantizationPoints(try graph(after: Operations.Activation(.gelu))).nodes == [])
    let form = QuantizationTable.Form.byte(Self.half)
    let table = QuantizationTable(
      values: [
        "x0": form, pooled.resultName(0): form,
        pooled.resultName(1): .byte(QuantizationParameters(scale: 0.25, zeroPoint: -128)),
      ], prologues: [:])
    let x = Tensor([-3, 1.5, -1, 2, 0.5, -7, 90, -8] as [Float], shape: [1, 2, 2, 2])
    let output = try QuantizedInterpreter(pooled, weights: [:], table: table).run([x])
    // 90 is 58.5 for half steps, the largest of which is 127 − 10.
    #expect(output[0].elements(as: Float.self) == [0, 2, 58.5, 0])
  }

  @Test(arguments: [
    (PoolingFunction.average, [-128, 127] as [Int8]), (.maximum, [-128, 127]),
  ]) func poolingKeepsTheEnds(_ function: PoolingFunction, _ ends: [Int8]) throws {
    let graph = try Self.graph(
      Operations.Pool(function, window: Window(kernel: [1, 2, 2], stride: [1, 2, 2])), values: [[1, 1, 1, 2, 4]],
      parameters: [])
    let form = QuantizationTable.Form.byte(Self.half)
    let interpreter = try QuantizedInterpreter(
      graph, weights: [:], table: QuantizationTable(values: ["x0": form, graph.resultName(0): form], prologues: [:]))
    let (low, high): (Float, Float) = (-1000, 1000)
    let output = try interpreter.run([Tensor([low, low, high, high, low, low, high, high], shape: [1, 1, 1, 2, 4])])[0]
    #expect(output.elements(as: Float.self) == ends.map { Reference.Quantized.dequantize($0, Self.half) })
  }

  @Test func averagesDivideByWhatPyTorchDividesBy() throws {
    for countsPadding in [true, false] {
      let operation = Operations.Pool(
        .average, window: Window(kernel: [2, 3, 3], stride: [1, 2, 2], padding: [1, 1, 1]),
        countsPadding: countsPadding,
        roundsUp: true)
      let x = Self.bytes([2, 3, 3, 6, 5], 4)
      let real = x.converted(to: .float32)
      let graph = try Self.graph(operation, values: [x.shape], parameters: [])
      // A step of 1 in and 2⁻¹⁰ out would saturate; 1 and 1 round to the nearest whole number.
      let form = QuantizationTable.Form.byte(QuantizationParameters(scale: 1, zeroPoint: 0))
      let interpreter = try QuantizedInterpreter(
        graph, weights: [:], table: QuantizationTable(values: ["x0": form, graph.resultName(0): form], prologues: [:]))
      let found = try interpreter.run([real])[0].elements(as: Float.self)
      let expected = operation.evaluate([real])[0].elements(as: Float.self)
      for (found, expected) in zip(found, expected) { #expect(abs(found - expected) <= 0.5001) }
    }
  }

  @Test func inputsThatAreNotNumbersAreRefused() throws {
    let graph = try Self.graph(Operations.Linear(), values: [[1, 2]], parameters: [[1, 2], [1]])
    let interpreter = try QuantizedInterpreter(
      graph,
      weights: [
        "p0": Tensor([1, 1] as [Int8], shape: [1, 2]), "p0.scale": Tensor([1] as [Float], shape: [1]),
        "p1": Tensor([0] as [Int32], shape: [1]),
      ], table: QuantizationTable(values: ["x0": .byte(Self.half)], prologues: [:]))
    #expect(
      try interpreter.run([Tensor([0.5, .infinity] as [Float], shape: [1, 2])])[0].elements(as: Float.self) == [59])
    #expect(
      thrown(NotANumber.self) { try interpreter.run([Tensor([0.5, .nan] as [Float], shape: [1, 2])]) }
        == NotANumber(value: "x0"))
  }
}
