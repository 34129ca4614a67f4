import Formats
import CPU
import TestSupport
import Tensors
import Testing

@testable import IR

/// Every operation with every attribute of the fixtures, and every efficient one, in ONNX Runtime and in the interpreter.
@Suite(.needsONNXRuntime) struct OperationExportTests {
  /// An operation on tensors of its own.
  struct Case {
    let name: String
    let operation: any Operation
    let inputs: [Tensor]
  }

  static func fixtures() throws -> [Case] {
    try ["operations", "network_operations"].flatMap { try Fixture("operations/\($0).json").cases }.map { example in
      let seed = try example.seed()
      let name = try example.field.required("operation").string()
      let kind = try #require(OperationRegistry.byName[name])
      return Case(
        name: example.name, operation: try decode(kind, example.field.required("attributes")),
        inputs: try example.field.required("inputs").elements().enumerated().map {
          try generatedInput("in\($0)", $1, seed: seed)
        })
    }
  }

  private static func decode<Kind: Operation>(_ kind: Kind.Type, _ attributes: JSONField) throws -> any Operation {
    try attributes.decode(kind)
  }

  /// The fixtures are of what PyTorch has.
  static func others() -> [Case] {
    let activations: [ActivationFunction?] = [nil] + ActivationFunction.allCases
    let dropout = Case(name: "dropout", operation: Operations.Dropout(rate: 0.5), inputs: [values([2, 3], 1)])
    return [dropout] + activations.flatMap { pointwise($0) + depthwise($0) + fused($0) + squeezeExcite($0) }
  }

  private static func pointwise(_ activation: ActivationFunction?) -> [Case] {
    [[2, 1], [1, 2, 2]].flatMap { stride in
      [(false, false), (false, true), (true, false), (true, true)].map { scale, residual in
        let operation = Operations.Pointwise(
          stride: stride, activation: activation, prologueActivation: scale || residual ? activation : nil,
          hasScale: scale, hasResidual: residual)
        let size = [3, 5, 4].suffix(stride.count)
        let result = zip(size, stride).map { ($0 - 1) / $1 + 1 }
        return Case(
          name: "pointwise \(operation.attributeText)", operation: operation,
          inputs: [values([2, 3] + size, 1), values([4, 3], 2), values([4], 3)]
            + (scale ? [values([2, 3] + stride.map { _ in 1 }, 4)] : [])
            + (residual ? [values([2, 4] + result, 5)] : []))
      }
    }
  }

  private static func depthwise(_ activation: ActivationFunction?) -> [Case] {
    let windows = [
      Window(kernel: [3, 3, 3], stride: [1, 2, 2], padding: [1, 1, 1]),
      Window(kernel: [2, 3], stride: [1, 2], paddingBefore: [0, 2], paddingAfter: [1, 0], dilation: [2, 1]),
    ]
    return windows.flatMap { window in
      [false, true].map { emitsMean in
        let operation = Operations.Depthwise(window: window, activation: activation, emitsMean: emitsMean)
        return Case(
          name: "depthwise \(operation.attributeText)", operation: operation,
          inputs: [values([2, 3] + [4, 5, 6].suffix(window.rank), 1), values([3] + window.kernel, 2), values([3], 3)])
      }
    }
  }

  private static func fused(_ activation: ActivationFunction?) -> [Case] {
    [1, 2].flatMap { groups in
      [false, true].map { residual in
        let window = Window(kernel: [1, 3, 3], stride: [1, 2, 1], padding: [0, 1, 1])
        let operation = Operations.FusedConvolution(
          window: window, groups: groups, activation: activation, hasResidual: residual)
        return Case(
          name: "fused \(operation.attributeText)", operation: operation,
          inputs: [values([2, 4, 3, 5, 6], 1), values([6, 4 / groups, 1, 3, 3], 2), values([6], 3)]
            + (residual ? [values([2, 6, 3, 3, 6], 4)] : []))
      }
    }
  }

  private static func squeezeExcite(_ activation: ActivationFunction?) -> [Case] {
    [([1, 1], .sigmoid), ([1, 1, 1], .hardSigmoid)].map { (ones: [Int], gate: ActivationFunction) in
      let operation = Operations.SqueezeExcite(activation: activation, gate: gate)
      return Case(
        name: "squeeze_excite \(operation.attributeText)", operation: operation,
        inputs: [values([2, 4] + ones, 1), values([3, 4], 2), values([3], 3), values([4, 3], 4), values([4], 5)])
    }
  }

  private static func values(_ shape: [Int], _ seed: Int) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { Float(($0 * 37 + seed * 11) % 101) / 50 - 1 }, shape: shape)
  }

  /// A graph of the operation alone: the first value is its input, and others are too, or parameters.
  ///
  /// - Parameter isOpen: whether the lengths of the first input, but for the channels, are symbols.
  static func graph(_ example: Case, isOpen: Bool, others asParameters: Bool) throws -> Graph {
    var graph = Graph()
    let ids = example.inputs.enumerated().map { index, tensor in
      var type = ValueType(tensor)
      if index > 0, asParameters {
        return graph.addParameter(path: "layer.\(index)", role: .weight, type: type)
      }
      if index == 0, isOpen {
        for axis in type.shape.indices where axis != 1 { type.shape[axis] = .symbolic("d\(axis)") }
      }
      return graph.addInput(name: "in\(index)", type: type)
    }
    graph.outputs = try graph.addNode(example.operation, inputs: ids, scope: "layer")
    return graph
  }

  private static func job(_ example: Case, _ graph: Graph, _ precision: Precision = .fp32) throws -> ONNXRuntime.Job {
    var (weights, inputs): ([String: Tensor], [String: Tensor]) = ([:], [:])
    for (index, tensor) in example.inputs.enumerated() {
      weights["layer.\(index)"] = tensor
      inputs["in\(index)"] = tensor
    }
    let names = Set(graph.inputTypes.map(\.name))
    return ONNXRuntime.Job(
      model: try ONNXModel(graph, weights: weights, precision: precision, name: example.name),
      runs: [inputs.filter { names.contains($0.key) }], outputCount: graph.outputs.count)
  }

  @Test func everyOperationGivesTheInterpretersResults() throws {
    let cases = try Self.fixtures() + Self.others()
    let names = Set(OperationRegistry.byName.keys).subtracting(OperationRegistry.shapeArithmetic.map { $0.name })
    #expect(Set(cases.map(\.operation.name)) == names)
    var jobs: [(example: Case, job: ONNXRuntime.Job)] = []
    var openCount = 0
    for example in cases {
      if example.inputs.count > 1 {
        jobs.append((example, try Self.job(example, Self.graph(example, isOpen: false, others: false))))
      }
      // Some operations want to know lengths.
      let open = try? Self.graph(example, isOpen: true, others: true)
      if open != nil { openCount += 1 }
      jobs.append((example, try Self.job(example, open ?? Self.graph(example, isOpen: false, others: true))))
      if open != nil, example.operation is Operations.Pool {
        jobs.append((example, try Self.job(example, Self.graph(example, isOpen: false, others: true))))
      }
    }
    #expect(openCount > cases.count * 3 / 4)
    var worst: Float = 0
    for ((example, _), outcome) in zip(jobs, try ONNXRuntime.run(jobs.map(\.job))) {
      let expected = try example.operation.evaluate(example.inputs)
      #expect(outcome.outputs[0].count == expected.count)
      for (found, expected) in zip(outcome.outputs[0], expected) {
        let error = largestError(found, expected)
        worst = max(worst, error)
        #expect(error < 1e-5, "\(example.name)")
      }
    }
    print("\(jobs.count) exports of \(cases.count) operations, \(openCount) with open lengths: largest error \(worst)")
  }

  /// In float16 all between inputs and outputs is rounded, so what is near is only a share of the largest result.
  @Test func everyOperationHasAFormInHalfPrecision() throws {
    // ONNX Runtime has no scatters of halves that reduce.
    let cases = try Dictionary(grouping: Self.fixtures() + Self.others(), by: \.operation.name)
      .filter { !$0.key.hasPrefix("scatter") }
      .sorted { $0.key < $1.key }.flatMap { $0.value.prefix(8) }
    let jobs = try cases.map { try Self.job($0, Self.graph($0, isOpen: false, others: true), .fp16) }
    for (example, outcome) in zip(cases, try ONNXRuntime.run(jobs)) {
      for (found, expected) in zip(outcome.outputs[0], try example.operation.evaluate(example.inputs)) {
        #expect(found.elementType == expected.elementType && largestError(found, expected) < 5e-3, "\(example.name)")
      }
    }
  }
}
