import Tensors

/// The parameter names in a family of checkpoints, if they are not the model's own.
public protocol ParameterNaming: Sendable {
  /// The name of the naming, as in `SlowFast`; nil for the model's own.
  var name: String? { get }

  /// Returns the model's name of a parameter; nil if this naming has no such name.
  func translated(_ name: String) -> String?

  /// Returns the tensors that such checkpoints have and the model has not, but which ``absorb(_:into:)`` can fold into
  /// the weights.
  func additional(to expected: [ExpectedTensor], in names: Set<String>) -> [ExpectedTensor]

  /// Changes the model's weights so that they compute the same as together with the additional tensors.
  func absorb(_ additional: [String: Tensor], into weights: inout [String: Tensor])
}

/// The model's own names.
public struct OwnNaming: ParameterNaming {
  /// Creates the naming.
  public init() {}

  /// Nil.
  public var name: String? { nil }
  /// Returns the name itself.
  public func translated(_ name: String) -> String? { name }
  /// Returns no tensors.
  public func additional(to expected: [ExpectedTensor], in names: Set<String>) -> [ExpectedTensor] { [] }
  /// Does nothing.
  public func absorb(_ additional: [String: Tensor], into weights: inout [String: Tensor]) {}
}
