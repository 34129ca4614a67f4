import TestSupport
import Tensors
import Testing

@testable import CPU
@testable import IR

/// Operations on values that lie as in the API, as those of transformers do, against their reference meaning.
@Suite struct PlainPlanTests {
  /// An operation on tensors, of which the last ones are parameters.
  struct Example: Sendable, CustomTestStringConvertible {
    let operation: any Operation
    let inputs: [Tensor]
    let parameters: Int

    init(_ operation: any Operation, _ shapes: [[Int]], parameters: Int = 0) {
      self.init(operation, shapes.enumerated().map { Self.values($1, $0) }, parameters: parameters)
    }

    init(_ operation: any Operation, _ inputs: [Tensor], parameters: Int = 0) {
      self.operation = operation
      self.inputs = inputs
      self.parameters = parameters
    }

    static func values(_ shape: [Int], _ seed: Int = 0) -> Tensor {
      let numbers = (0..<shape.reduce(1, *)).map { ($0 * 37 + seed * 11) % 101 }
      return Tensor(numbers.map { Float($0) / 40 - 1.24 }, shape: shape)
    }

    var testDescription: String { "\(operation.name) {\(operation.attributeText)} \(inputs)" }

    func graph() throws -> (graph: Graph, weights: [String: Tensor]) {
      var writer = GraphWriter()
      let count = inputs.count - parameters
      var ids = inputs.prefix(count).enumerated().map { writer.addInput("in\($0)", ValueType($1)) }
      var graph = writer.graph
      var weights: [String: Tensor] = [:]
      for (index, tensor) in inputs.enumerated().dropFirst(count) {
        ids.append(graph.addParameter(path: "p\(index)", role: .weight, type: ValueType(tensor)))
        weights["p\(index)"] = tensor
      }
      graph.outputs = try graph.addNode(operation, inputs: ids, scope: "layer")
      return (graph, weights)
    }
  }

  static let products = [
    ([3, 5], [5, 4]), ([2, 3, 5], [2, 5, 4]), ([2, 3, 7, 16], [2, 3, 16, 33]), ([4, 1, 6, 8], [1, 3, 8, 32]),
    ([5], [5]),
    ([5], [2, 5, 3]), ([2, 3, 5], [5]), ([2, 100, 24], [24, 48]), ([2, 3, 5], [5, 17]), ([90, 8], [3, 8, 16]),
  ]
  static let pairs = [
    ([2, 3, 5], [2, 3, 5]), ([2, 3, 5], [5]), ([5], [2, 3, 5]), ([2, 3, 5], [2, 1, 5]), ([2, 3, 1], [2, 3, 5]),
    ([2, 3, 4, 70], [3, 1, 1]), ([130], []), ([], [130]), ([2, 1, 3], [4, 1]), ([2, 1, 4, 1, 6], [3, 1, 5, 1]),
    ([1, 2, 2, 2, 2, 2, 2, 3], [2, 1, 2, 1, 2, 1, 3]),
  ]
  static let matrices: [Example] = products.flatMap { a, b -> [Example] in
    [Example(Operations.MatMul(), [a, b]), Example(Operations.MatMul(), [a, b], parameters: 1)]
  }
  static let linears: [Example] = [[7, 5], [2, 3, 5], [2, 20, 16], [1, 2, 3, 4, 5]].flatMap { shape -> [Example] in
    [3, 16, 40].flatMap { outputs -> [Example] in
      let weight = [outputs, shape[shape.count - 1]]
      return [
        Example(Operations.Linear(), [shape, weight], parameters: 1),
        Example(Operations.Linear(), [shape, weight, [outputs]], parameters: 2),
      ]
    }
  }
  static let norms: [Example] = [[3, 7], [2, 3, 64], [2, 130], [1, 2, 3, 200]].flatMap { shape -> [Example] in
    let (last, rest) = ([shape[shape.count - 1]], Array(shape.dropFirst()))
    return [
      Example(Operations.LayerNorm(epsilon: 1e-5), [shape, last, last], parameters: 2),
      Example(Operations.LayerNorm(epsilon: 1e-2), [shape, rest, rest]),
      Example(Operations.RMSNorm(epsilon: 1e-6), [shape, last], parameters: 1),
    ]
  }
  static let binaries: [Example] = pairs.flatMap { a, b -> [Example] in
    [BinaryFunction.add, .subtract, .divide, .maximum].flatMap { function -> [Example] in
      let operation = Operations.Binary(function)
      return [Example(operation, [a, b]), Example(operation, [a, b], parameters: 1)]
    }
  }
  static let functions: [Example] =
    [UnaryFunction.negate, .abs, .exp, .erf, .floor, .ceil, .reciprocal].map { function -> Example in
      Example(Operations.Unary(function), [[2, 3, 15]])
    }
    + [ParametricFunction.leakyRelu, .elu, .clip, .hardSigmoid, .scaledSwish, .geluTanh].map { function -> Example in
      Example(Operations.ParametricActivation(function, alpha: 0.25, beta: 0.75), [[2, 3, 15]])
    }
    + ActivationFunction.allCases.map { function -> Example in
      Example(Operations.Activation(function), [[2, 3, 15]])
    }
  static let copies: [Example] = [
    Example(Operations.Permute([0, 2, 1]), [[2, 3, 15]]), Example(Operations.Permute([2, 0, 3, 1]), [[2, 3, 4, 5]]),
    Example(Operations.Permute([0, 1, 3, 5, 2, 4, 6, 7]), [[1, 2, 2, 3, 2, 3, 2, 5]]),
    Example(Operations.Permute([1, 0, 2]), [Example.values([2, 3, 4]).converted(to: .int64)]),
    Example(Operations.Permute([1, 0]), [Example.values([7, 9]).converted(to: .bool)]),
    Example(Operations.Slice(axis: 1, start: 1, end: 9, step: 2), [[2, 6, 3]]),
    Example(Operations.Slice(axis: 2, start: -1, end: -9, step: -1), [[2, 6, 3]]),
    Example(Operations.Split(axis: 2, lengths: [1, 4, 2]), [[2, 3, 7]]),
    Example(Operations.Expand(shape: [4, 1, 3, 2]), [[3, 1, 2]]), Example(Operations.Expand(shape: [2, 2]), [[]]),
    Example(Operations.Tile(repeats: [2, 1, 3]), [[2, 3, 2]]),
    Example(Operations.Pad(before: [0, 2, 1], after: [1, 0, 3]), [[2, 3, 4]]),
    Example(Operations.Pad(before: [0, 2], after: [1, 0]), [Example.values([2, 3]).converted(to: .uint8)]),
    Example(Operations.Concat(axis: 1), [[2, 1, 3], [2, 4, 3], [2, 2, 3]]),
    Example(Operations.Concat(axis: 3), [[2, 1, 3, 1], [2, 1, 3, 2]]),
    Example(Operations.Concat(axis: 0), [[2, 3], [1, 3]], parameters: 1),
    Example(Operations.DepthToSpace(blockSize: 2, keepsChannelsTogether: true), [[1, 8, 2, 3]]),
    Example(Operations.DepthToSpace(blockSize: 2, keepsChannelsTogether: false), [[1, 8, 2, 3]]),
    Example(Operations.SpaceToDepth(blockSize: 2), [[2, 3, 4, 6]]),
    Example(
      Operations.Gather(axis: 1), [Example.values([2, 5, 3]), Tensor([4, -5, 0, 1] as [Int64], shape: [2, 2])]),
    Example(Operations.Gather(axis: 0), [Example.values([5, 3]), Tensor([2] as [Int32], shape: [])]),
  ]
  static let sums: [Example] = [
    Example(Operations.Einsum("bhid,bhjd->bhij"), [[2, 3, 4, 5], [2, 3, 6, 5]]),
    Example(Operations.Einsum("ythwc,tkc->ythwk"), [[2, 2, 3, 2, 4], [2, 3, 4]]),
    Example(Operations.Einsum("ij,kj->ki"), [[3, 4], [5, 4]]), Example(Operations.Einsum("i,j->ij"), [[3], [4]]),
    Example(Operations.Einsum("...ij,...jk->...ik"), [[2, 3, 4], [2, 4, 17]]),
    Example(Operations.Softmax(axis: 2), [[2, 3, 15]]),
  ]

  static let examples = matrices + linears + norms + binaries + functions + copies + sums

  @Test(arguments: examples)
  func kernelsGiveTheReferencesResults(_ example: Example) throws {
    let (graph, weights) = try example.graph()
    let given = Array(example.inputs.dropLast(example.parameters))
    let expected = try Interpreter(graph, weights: weights).run(given)
    for isa in ISA.available {
      let plan = try Plan(graph, weights: weights, inputShapes: given.map(\.shape), isa: isa)
      #expect(!plan.kernelNames.contains { $0.hasPrefix("reference_") }, "\(plan.kernelNames)")
      for threads in [1, 3] {
        let results = try Session(plan, threads: threads).run(given)
        for (found, expected) in zip(results, expected) {
          #expect(found.shape == expected.shape && found.elementType == expected.elementType)
          if found.elementType == .float32 {
            #expect(relativeError(found, expected) < 2e-6, "\(isa) with \(threads) threads")
          } else {
            #expect(found == expected)
          }
        }
      }
    }
  }

  /// A block of a transformer on six tokens of eight numbers, with two heads.
  static func block() -> Graph {
    let tokens = GraphInput(name: "tokens", type: ValueType(["N", 6, 8]))
    return Graph.build(inputs: [tokens]) { inputs in
      let (x, builder) = (inputs[0], inputs[0].builder)
      func norm(_ x: SymbolicTensor, _ name: String) -> SymbolicTensor {
        x.applying(
          Operations.LayerNorm(epsilon: 1e-6), builder.parameter("\(name).weight", shape: [8]),
          builder.parameter("\(name).bias", shape: [8]))
      }
      func linear(_ x: SymbolicTensor, _ inputs: Int, _ outputs: Int, _ name: String) -> SymbolicTensor {
        x.applying(
          Operations.Linear(), builder.parameter("\(name).weight", shape: [outputs, inputs]),
          builder.parameter("\(name).bias", shape: [outputs]))
      }
      let heads = linear(norm(x, "norm1"), 8, 24, "qkv").reshaped(to: 0, 6, 3, 2, 4).permuted(2, 0, 3, 1, 4)
      let parts = heads.applying(Operations.Split(axis: 0, lengths: [1, 1, 1]), resultCount: 3)
        .map { $0.reshaped(to: -1, 2, 6, 4) }
      let scores = parts[0].applying(Operations.MatMul(), parts[1].permuted(0, 1, 3, 2))
      let scaled = scores * builder.parameter("scale", shape: [1])
      let mixed = scaled.applying(Operations.Softmax(axis: 3)).applying(Operations.MatMul(), parts[2])
      let y = x + linear(mixed.permuted(0, 2, 1, 3).reshaped(to: 0, 6, 8), 8, 8, "proj")
      let hidden = linear(norm(y, "norm2"), 8, 32, "fc1").applying(Operations.Activation(.gelu))
      return [y + linear(hidden, 32, 8, "fc2")]
    }
  }

  @Test func aTransformersBlockRunsOnKernels() throws {
    let graph = Self.block()
    let weights = Dictionary(
      uniqueKeysWithValues: graph.parameters.enumerated().map { index, parameter in
        (parameter.path, Example.values(graph.type(parameter.value).fixedShape ?? [], index))
      })
    let tokens = Example.values([3, 6, 8], 1)
    let expected = try Interpreter(graph, weights: weights).run([tokens])[0]
    for isa in ISA.available {
      for precision in [Precision.fp32, .fp16] {
        let plan = try Plan(graph, weights: weights, inputShapes: [tokens.shape], precision: precision, isa: isa)
        #expect(!plan.kernelNames.contains { $0.hasPrefix("reference_") }, "\(plan.kernelNames)")
        for threads in [1, 2, 5] {
          let found = try Session(plan, threads: threads).run(tokens)[0]
          #expect(relativeError(found, expected) < 2e-6, "\(isa) \(precision) with \(threads) threads")
        }
      }
    }
  }

  /// What lies behind a row, here NaN and infinity, does not get into it.
  @Test func rowsAreComputedByThemselves() throws {
    let rows = Tensor(
      [Float](repeating: .nan, count: 5) + [1, 2, 3, 4, 5] + [.infinity, 0, 0, 0, 0], shape: [1, 3, 5])
    let weight = Example.values([3, 5])
    let norm = [rows, Example.values([5], 1), Example.values([5], 2)]
    for example in [
      Example(Operations.Linear(), [rows, weight], parameters: 1), Example(Operations.LayerNorm(epsilon: 1e-5), norm),
    ] {
      let (graph, weights) = try example.graph()
      let given = Array(example.inputs.dropLast(example.parameters))
      let plan = try Plan(graph, weights: weights, inputShapes: given.map(\.shape))
      let found = try Session(plan).run(given)[0]
      let expected = try Interpreter(graph, weights: weights).run(given)[0]
      let middle = { (tensor: Tensor) in Reference.slice(tensor, axis: 1, start: 1, end: 2, step: 1) }
      #expect(relativeError(middle(found), middle(expected)) < 2e-6)
      #expect(found.elements(as: Float.self).prefix(3).allSatisfy { $0.isNaN })
    }
  }

  @Test func anIndexThatIsOutOfRangeIsAnErrorAndTheSessionGoesOn() throws {
    let operations: [any Operation] = [Operations.Gather(axis: 1), Operations.GatherElements(axis: 1)]
    for operation in operations {
      let (graph, _) = try Example(operation, [Example.values([2, 3]), Tensor(zeros: [1, 2], elementType: .int64)])
        .graph()
      let x = Example.values([2, 3])
      let session = try Session(Plan(graph, weights: [:], inputShapes: [[2, 3], [1, 2]]), threads: 2)
      let error = thrown(RuntimeError.self) { try session.run([x, Tensor([0, 7] as [Int64], shape: [1, 2])]) }
      #expect(error?.isBadInput == true)
      #expect(
        error?.description
          == "\(operation.name) in layer cannot take (float32[2, 3], int64[1, 2]): "
          + "the index 7 is out of range for 3 elements")
      let indices = Tensor([0, 2] as [Int64], shape: [1, 2])
      let expected = try Interpreter(graph, weights: [:]).run([x, indices])
      #expect(try session.run([x, indices]) == expected)
    }
  }
}
