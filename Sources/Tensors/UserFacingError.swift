/// An error whose description is one sentence that the user can act on.
///
/// Every typed error of the package conforms, so that a caller can tell a problem with what it was given from a
/// failure of the machine, and print both without knowing the type.
public protocol UserFacingError: Error, CustomStringConvertible, Sendable {
  /// Whether the cause is what the user gave (a file, an option) rather than the machine or the network.
  var isBadInput: Bool { get }
}

extension UserFacingError {
  /// Most errors are about what was given.
  public var isBadInput: Bool { true }
}
