import IR
import Tensors

/// A model that cannot be made ready for a device.
public enum TransmuterError: UserFacingError, Equatable {
  /// No target device has this name.
  case unknownTarget(String)
  /// The target device does not run models in this number format.
  case precision(Precision, target: String)
  /// A weight is beyond what the number format holds.
  case overflow(parameter: String, value: Float, Precision)
  /// A number format that takes clips to learn from.
  case needsCalibration

  /// One sentence that says what would do.
  public var description: String {
    switch self {
    case .unknownTarget(let name):
      "there is no target device '\(name)': choose one of \(TargetDevices.names.joined(separator: ", "))"
    case .precision(let precision, let target): "the target device \(target) does not support \(precision.rawValue)"
    case .overflow(let parameter, let value, let precision):
      "a weight in \(parameter) is \(value), more than \(precision.rawValue) holds: deploy the model in fp32"
    case .needsCalibration:
      "int8 needs a quantized model, which calibration makes"
    }
  }
}
