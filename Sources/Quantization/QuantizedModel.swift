import IR
import Models
import Passes

/// An int8 model, and how it was made.
public struct QuantizedModel: Sendable {
  /// The model in deployable form.
  public let deployed: DeployedModel
  /// How the model was quantized, and the accuracy that it costs.
  public let report: QuantizationReport

  /// The model in deployable form.
  public var model: Model { deployed.model }
}

extension Transmuter {
  /// Returns the deployable form of a model in int8.
  ///
  /// - Parameters:
  ///   - model: The model in original form.
  ///   - quantizer: How to quantize it.
  ///   - calibration: The clips to calibrate with.
  ///   - others: Clips to compare on that are not calibrated with.
  ///   - inputShapes: The shapes of the inputs for which the report counts multiply-adds; nil for one clip's.
  ///   - progress: Called with each clip that is run; an error that it throws ends the work.
  /// - Throws: What `deploy(_:precision:inputShapes:)` throws, ``QuantizationError``.
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
  /// Returns the model in deployable form in int8.
  ///
  /// - Parameters:
  ///   - target: The target device.
  ///   - quantizer: How to quantize it.
  ///   - clips: The clips to calibrate with. Of two or more, a quarter, at least one and at most four, spread evenly,
  ///     are held out to compare on.
  ///   - progress: Called with each clip that is run; an error that it throws ends the work.
  /// - Throws: What `Transmuter.deploy(_:quantizedBy:calibration:others:inputShapes:progress:)` throws.
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
