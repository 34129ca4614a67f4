import IR
import Models
import Preprocessing
import Tensors

extension Model {
  /// The model in deployable form for a device, with a report that counts multiply-adds for one clip of the model's size.
  ///
  /// - Throws: what `Transmuter.deploy` throws.
  public func deployed(for target: any TargetDevice, precision: Precision = .fp32) throws -> DeployedModel {
    try Transmuter(target: target).deploy(
      graph, weights: weights, precision: precision, inputShapes: clipShapes)
  }

  /// The model in deployable form in integers.
  ///
  /// - Parameters:
  ///   - clips: What ranges are made of. Of two or more, up to a quarter, at least one and four at most, spread evenly, are held out
  ///     to compare on.
  ///   - progress: Called now and then.
  /// - Throws: what `Transmuter.deploy` throws.
  public func deployed(
    for target: any TargetDevice, quantizedBy quantizer: Quantizer, clips: [Calibration.Clip],
    progress: @escaping (Quantizer.Progress) -> Void = { _ in }
  ) throws -> DeployedModel {
    let count = clips.count < 2 ? 0 : min(max(clips.count / 4, 1), 4)
    let heldOut = Set((0..<count).map { ($0 + 1) * clips.count / count - 1 })
    let learned = clips.indices.filter { !heldOut.contains($0) }.map { clips[$0] }
    return try Transmuter(target: target).deploy(
      graph, weights: weights, quantizedBy: quantizer,
      calibration: Calibration(clips: learned, inputRange: recipe?.range),
      others: heldOut.sorted().map { clips[$0] }, inputShapes: clipShapes, progress: progress)
  }

  /// This model in the deployable form that ``deployed(for:precision:)`` gave, with its name, recipes and labels.
  public func deployed(as result: DeployedModel) -> Model {
    result.model(name: name, source: provenance.source, recipes: recipes, labels: labels)
  }

  /// The model as it is run here: in deployable form for this machine if it is in original form, in the number format that is asked
  /// for, or its own.
  ///
  /// - Throws: `GraphError` or `TransmuterError` if it cannot be transmuted, `ModelError.notQuantized(model:)` if int8 is asked for
  ///   and the model is in floating point.
  public func runnable(in precision: Precision? = nil) throws -> Model {
    guard !isDeployable else { return try running(in: precision ?? self.precision) }
    return deployed(as: try deployed(for: HostCPU(), precision: precision ?? .fp32))
  }
}
