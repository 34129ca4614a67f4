import IR
import Models

extension Model {
  /// The model in deployable form for a device, in floating point.
  ///
  /// - Throws: what `Transmuter.deploy(_:precision:inputShapes:)` throws.
  public func deployed(for target: any TargetDevice, precision: Precision = .fp32) throws -> DeployedModel {
    try Transmuter(target: target).deploy(self, precision: precision)
  }

  /// The model as it is run here: in deployable form for this machine if it is in original form, in the number format that is asked
  /// for, or its own.
  ///
  /// - Throws: `GraphError` or `TransmuterError` if it cannot be transmuted, `ModelError.notQuantized(model:)` if int8 is asked for
  ///   and the model is in floating point.
  public func runnable(in precision: Precision? = nil) throws -> Model {
    guard !isDeployable else { return try running(in: precision ?? self.precision) }
    return try deployed(for: HostCPU(), precision: precision ?? .fp32).model
  }
}
