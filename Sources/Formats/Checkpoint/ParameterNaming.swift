import Tensors

/// How a family of checkpoints names a model's parameters, where the names are not the model's own.
public protocol ParameterNaming: Sendable {
  /// What the naming is called, as in `SlowFast`; nil for the model's own.
  var name: String? { get }

  /// The model's name of a parameter; nil if this naming has no such name.
  func translated(_ name: String) -> String?

  /// Tensors that such checkpoints have and the model has not, but for which ``absorb(_:into:)`` finds a place.
  func additional(to expected: [ExpectedTensor], in names: Set<String>) -> [ExpectedTensor]

  /// Changes the model's weights so that they do what they did together with the additional tensors.
  func absorb(_ additional: [String: Tensor], into weights: inout [String: Tensor])
}

/// The model's own names.
public struct OwnNaming: ParameterNaming {
  /// The model's own names.
  public init() {}

  /// Nil.
  public var name: String? { nil }
  /// The name itself.
  public func translated(_ name: String) -> String? { name }
  /// None.
  public func additional(to expected: [ExpectedTensor], in names: Set<String>) -> [ExpectedTensor] { [] }
  /// Changes nothing.
  public func absorb(_ additional: [String: Tensor], into weights: inout [String: Tensor]) {}
}
