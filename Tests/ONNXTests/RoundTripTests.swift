import Formats
import TestSupport
import Tensors
import Testing

@testable import IR

/// Every operation, written as ONNX and read again.
@Suite struct RoundTripTests {
  @Test func everyOperationComesBack() throws {
    // Float64 and halves come back as float32, which is what is computed with.
    let cases = try (OperationExportTests.fixtures() + OperationExportTests.others()).filter {
      !($0.operation is Operations.Cast)
    }
    for (index, example) in cases.enumerated() {
      // Some operations want to know lengths, and the similarity's form in ONNX computes with them.
      let open =
        example.operation is Operations.TemporalSimilarity
        ? nil : try? OperationExportTests.graph(example, isOpen: true, others: true)
      for graph in try [open, OperationExportTests.graph(example, isOpen: false, others: index % 2 == 0)].compactMap({
        $0
      }) {
        let operatorSet = [nil, 20, 21, 23][index % 4]
        let (found, inputs) = try Self.imported(example, graph, operatorSet)
        let results = try Interpreter(found.graph, weights: found.weights).run(inputs)
        let expected = try example.operation.evaluate(example.inputs)
        #expect(results.count == expected.count)
        for (result, expected) in zip(results, expected) {
          #expect(
            result.shape == expected.shape && largestError(result, expected) < 1e-5,
            "\(example.name), \(found.operatorSet)")
        }
      }
    }
  }

  /// Returns what the file of a graph gives, and its inputs.
  private static func imported(
    _ example: OperationExportTests.Case, _ graph: Graph, _ operatorSet: Int?
  ) throws -> (ONNXImport, [Tensor]) {
    var (weights, tensors): ([String: Tensor], [String: Tensor]) = ([:], [:])
    for (index, tensor) in example.inputs.enumerated() {
      weights["layer.\(index)"] = tensor
      tensors["in\(index)"] = tensor
    }
    let model = try ONNXModel(graph, weights: weights, operatorSet: operatorSet)
    let found = try withTemporaryFile("model.onnx") { path in
      try model.write(to: path)
      return try ONNXImport(contentsOf: path)
    }
    #expect((operatorSet ?? found.operatorSet) == found.operatorSet && found.producer == "VideoAccelerator")
    #expect(found.graph.inputTypes.map(\.name) == graph.inputTypes.map(\.name))
    return (found, graph.inputTypes.compactMap { tensors[$0.name] })
  }
}
