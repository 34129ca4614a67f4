import IR
import Models

extension Model {
  /// Returns the model in deployable form for a device, in floating point.
  ///
  /// - Throws: What `Transmuter.deploy(_:precision:inputShapes:)` throws.
  public func deployed(for target: any TargetDevice, precision: Precision = .fp32) throws -> DeployedModel {
    try Transmuter(target: target).deploy(self, precision: precision)
  }

  /// Returns the model in the form in which it runs on this machine.
  ///
  /// A model in original form is deployed for this machine in the given number format, or its own.
  ///
  /// - Throws: `GraphError` or `TransmuterError` if it cannot be transmuted, `ModelError.notQuantized(model:)` if int8
  ///   is requested and the model is in floating point.
  public func runnable(in precision: Precision? = nil) throws -> Model {
    guard !isDeployable else { return try running(in: precision ?? self.precision) }
    return try deployed(for: HostCPU(), precision: precision ?? .fp32).model
  }
}
