import IR
import Tensors

extension Transmuter {
  /// The deployable form of a model in integers.
  ///
  /// - Parameters:
  ///   - graph: The model in original form.
  ///   - weights: Its parameters, by path.
  ///   - quantizer: How it is quantized.
  ///   - calibration: The clips to learn from.
  ///   - others: Clips to compare on that nothing is learned from.
  ///   - inputShapes: For which shapes of the inputs the report counts multiply-adds; none if not given.
  ///   - progress: Called now and then.
  /// - Throws: what `deploy(_:weights:precision:inputShapes:)` throws, ``QuantizationError``.
  public func deploy(
    _ graph: Graph, weights: [String: Tensor], quantizedBy quantizer: Quantizer, calibration: Calibration,
    others: [Calibration.Clip] = [], inputShapes: [[Int]]? = nil,
    progress: @escaping (Quantizer.Progress) -> Void = { _ in }
  ) throws -> DeployedModel {
    guard target.precisions.contains(.int8) else {
      throw TransmuterError.precision(.int8, target: target.name)
    }
    let original = try ModelProgram(graph, weights: weights)
    let program = try transmuted(original)
    let (model, report) = try quantizer.quantize(
      program, calibration: calibration, others: others, progress: progress)
    let counts = try inputShapes.map { try graph.specialized(to: $0).multiplyAdds() }
    return DeployedModel(
      program: model.program,
      report: TransmuterReport(
        original: original, deployed: model.program, target: target.name, precision: .int8, multiplyAdds: counts),
      weights: model.weights, quantization: .init(table: model.table, report: report))
  }
}
