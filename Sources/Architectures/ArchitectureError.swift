import Tensors

/// A model that cannot be built.
public enum ArchitectureError: UserFacingError, Equatable {
  /// Options that do not make a network.
  case configuration(String)
  /// A name that no model has.
  case unknownArchitecture(String, known: [String])

  /// One sentence that says what to change.
  public var description: String {
    switch self {
    case .configuration(let problem): "the model's configuration is not valid: \(problem)"
    case .unknownArchitecture(let name, let known):
      "there is no model named '\(name)'; known are \(known.joined(separator: ", "))"
    }
  }
}
