import IR
import Tensors

/// Why a model cannot be deployed for a device.
public enum TransmuterError: UserFacingError, Equatable {
  /// No target device has this name.
  case unknownTarget(String)
  /// The target device does not support this number format.
  case precision(Precision, target: String)
  /// A number format that needs calibration clips.
  case needsCalibration

  /// A sentence that says what would work.
  public var description: String {
    switch self {
    case .unknownTarget(let name):
      "there is no target device '\(name)': choose one of \(TargetDevices.names.joined(separator: ", "))"
    case .precision(let precision, let target): "the target device \(target) does not support \(precision.rawValue)"
    case .needsCalibration:
      "int8 needs a quantized model, which calibration makes"
    }
  }
}
