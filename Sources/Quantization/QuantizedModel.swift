import IR
import Models
import Passes

/// A model in integers, and how it came about.
public struct QuantizedModel: Sendable {
  /// The model in deployable form.
  public let deployed: DeployedModel
  /// What integers cost in precision.
  public let report: QuantizationReport

  /// The model.
  public var model: Model { deployed.model }
}

extension Transmuter {
  /// The deployable form of a model in integers.
  ///
  /// - Parameters:
  ///   - model: The model in original form.
  ///   - quantizer: How it is quantized.
  ///   - calibration: The clips to learn from.
  ///   - others: Clips to compare on that nothing is learned from.
  ///   - inputShapes: For which shapes of the inputs the report counts multiply-adds; one clip's by the recipes if not given.
  ///   - progress: Called with each clip that is run; what it throws ends the work.
  /// - Throws: what `deploy(_:precision:inputShapes:)` throws, ``QuantizationError``.
  public func deploy(
    _ model: Model, quantizedBy quantizer: Quantizer, calibration: Calibration, others: [Calibration.Clip] = [],
    inputShapes: [[Int]]? = nil, progress: @escaping (Quantizer.Progress) throws -> Void = { _ in }
  ) throws -> QuantizedModel {
    guard target.precisions.contains(.int8) else { throw TransmuterError.precision(.int8, target: target.name) }
    let (quantized, report) = try quantizer.quantize(
      transmuted(model), calibration: calibration, others: others, progress: progress)
    let deployed = try deployed(
      model, as: quantized.program, weights: quantized.weights, precision: .int8, quantization: quantized.table,
      inputShapes: inputShapes)
    return QuantizedModel(deployed: deployed, report: report)
  }
}

extension Model {
  /// The model in deployable form in integers.
  ///
  /// - Parameters:
  ///   - clips: What ranges are made of. Of two or more, up to a quarter, at least one and four at most, spread evenly, are held out
  ///     to compare on.
  ///   - progress: Called with each clip that is run; what it throws ends the work.
  /// - Throws: what `Transmuter.deploy(_:quantizedBy:calibration:others:inputShapes:progress:)` throws.
  public func deployed(
    for target: any TargetDevice, quantizedBy quantizer: Quantizer, clips: [Calibration.Clip],
    progress: @escaping (Quantizer.Progress) throws -> Void = { _ in }
  ) throws -> QuantizedModel {
    let count = clips.count < 2 ? 0 : min(max(clips.count / 4, 1), 4)
    let heldOut = Set((0..<count).map { ($0 + 1) * clips.count / count - 1 })
    let learned = clips.indices.filter { !heldOut.contains($0) }.map { clips[$0] }
    return try Transmuter(target: target).deploy(
      self, quantizedBy: quantizer, calibration: Calibration(clips: learned, inputRange: recipe?.range),
      others: heldOut.sorted().map { clips[$0] }, progress: progress)
  }
}
