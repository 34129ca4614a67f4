import Tensors

/// Why a network cannot be built.
public enum ArchitectureError: UserFacingError, Equatable {
  /// Invalid options.
  case configuration(String)
  /// A name that no network has.
  case unknownArchitecture(String, known: [String])

  /// A sentence that says what to change.
  public var description: String {
    switch self {
    case .configuration(let problem): "the model's configuration is not valid: \(problem)"
    case .unknownArchitecture(let name, let known):
      "there is no model named '\(name)'; known are \(known.joined(separator: ", "))"
    }
  }
}
