/// An error whose description is one sentence that the user can act on.
///
/// Every typed error of the package conforms, so that a caller can distinguish a problem with its input from a failure
/// of the machine, and print both without knowing the type.
public protocol UserFacingError: Error, CustomStringConvertible, Sendable {
  /// Whether the input is at fault (a file, an option), and not the machine or the network.
  var isBadInput: Bool { get }
}

extension UserFacingError {
  /// True, as most errors are about the input.
  public var isBadInput: Bool { true }
}
