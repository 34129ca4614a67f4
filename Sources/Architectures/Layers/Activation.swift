import IR

/// An activation without parameters, by its name in configurations.
public enum Activation: String, Layer, Codable, CaseIterable {
  /// No activation.
  case identity
  /// max(x, 0).
  case relu
  /// x · sigmoid(x).
  case swish
  /// x · clamp(x + 3, 0, 6) / 6.
  case hardSwish = "hswish"
  /// 1 / (1 + e⁻ˣ).
  case sigmoid
  /// clamp(x + 3, 0, 6) / 6.
  case hardSigmoid = "hsigmoid"
  /// Exponentials divided by their sum over the channels.
  case softmax

  /// Adds the activation; nothing for the identity.
  public func forward(_ x: SymbolicTensor) -> SymbolicTensor {
    switch self {
    case .identity: x
    case .relu: x.applying(Operations.Activation(.relu))
    case .swish: x.applying(Operations.Activation(.swish))
    case .hardSwish: x.applying(Operations.Activation(.hardSwish))
    case .sigmoid: x.applying(Operations.Activation(.sigmoid))
    case .hardSigmoid: x.applying(Operations.Activation(.hardSigmoid))
    case .softmax: x.applying(Operations.Softmax(axis: 1))
    }
  }
}
