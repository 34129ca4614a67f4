import Tensors
import TestSupport
import Testing

@testable import CPU
@testable import IR

/// Which operations have kernels, and what becomes of those that have none.
@Suite struct CPUOperationTests {
  /// Operations that run on their reference meaning, each with the reason.
  static let withoutKernels = [
    "transposed_convolution": "no network of the zoo has one", "gru": "no network of the zoo has one",
    "lstm": "no network of the zoo has one", "resize": "no network of the zoo has one",
    "group_norm": "no network of the zoo has one", "log_softmax": "a step after the network",
    "reduce": "little work", "arg_reduce": "little work", "top_k": "little work", "cumulative_sum": "little work",
    "prelu": "no network of the zoo has one", "select": "of masks, which are little work",
    "cast": "of masks and indices",
    "triangle": "of masks, which are constants", "gather_elements": "rare", "gather_nd": "rare",
    "scatter_elements": "rare", "scatter_nd": "rare", "one_hot": "rare",
    "constant": "a plan keeps constants as it keeps weights",
    "shape": "specialization folds it", "range": "specialization folds it", "reshape_to": "specialization folds it",
    "expand_to": "specialization folds it", "slice_to": "specialization folds it",
  ]

  @Test func everyOperationHasKernelsOrAReasonWhyNot() {
    for kind in OperationRegistry.all {
      #expect((kind is any CPUOperation.Type) != (Self.withoutKernels[kind.name] != nil), "\(kind.name)")
    }
  }

  @Test func movingAxesOfLengthOneIsNoWork() throws {
    let graph = Graph.build(input: .image(channels: 4)) { image in
      image.applying(Operations.Activation(.relu)).applying(Operations.Permute([0, 2, 3, 1]))
    }
    let image = Tensor((0..<8).map { Float($0) - 3 }, shape: [2, 4, 1, 1])
    let plan = try Plan(graph, weights: [:], inputShapes: [image.shape])
    #expect(!plan.kernelNames.contains { $0.hasPrefix("reference_") })
    #expect(try Session(plan).run([image]) == Interpreter(graph, weights: [:]).run([image]))
    let moving = try Plan(graph, weights: [:], inputShapes: [[2, 4, 3, 1]])
    #expect(moving.kernelNames.last == "copy_elements")
  }

  /// Twice the bytes' real numbers, in an operation that has an integer form and no kernel.
  private struct Doubling: Operation {
    static let name = "doubling"
    var facts: OperationFacts {
      OperationFacts(
        reach: .element, cost: .uncounted,
        integers: .form { node in
          IntegerForm(data: [node.inputs[0]], result: .bytes) { operands in
            let (x, quantization) = operands.bytes(0)
            let output = operands.resultBytes
            let bytes = x.elements(as: Int8.self).map {
              Reference.Quantized.quantize(2 * Reference.Quantized.dequantize($0, quantization), output)
            }
            return [.bytes(Tensor(bytes, shape: x.shape), output)]
          }
        })
    }
    func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] { inputs }
    func evaluate(_ inputs: [Tensor]) -> [Tensor] { [Reference.binary(inputs[0], inputs[0], .add)] }
  }

  @Test func anIntegerFormWithoutKernelsRunsOnItsMeaning() throws {
    let graph = Graph.build(input: .clip(channels: 3)) { clip in clip.applying(Doubling()).applying(Doubling()) }
    let forms = [0.01, 0.02, 0.04].map { QuantizationTable.Form.byte(QuantizationParameters(scale: $0, zeroPoint: 3)) }
    let names = graph.inputs.map { graph[$0].name } + graph.nodes.map { graph[$0.results[0]].name }
    let table = QuantizationTable(
      values: Dictionary(uniqueKeysWithValues: zip(names, forms)), prologues: [:])
    let shape = [2, 3, 2, 5, 4]
    let clip = Tensor((0..<shape.reduce(1, *)).map { Float($0 % 91) / 50 - 0.8 }, shape: shape)
    let expected = try QuantizedInterpreter(graph, weights: [:], table: table).run([clip])
    for isa in ISA.available {
      let plan = try Plan(graph, weights: [:], inputShapes: [shape], quantization: table, isa: isa)
      #expect(plan.kernelNames.filter { $0 == "reference_qu8_doubling" }.count == 2)
      #expect(try Session(plan, threads: 2).run([clip]) == expected)
    }
  }
}
