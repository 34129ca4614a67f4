import Tensors

/// Why an ONNX file cannot be imported.
public struct ONNXImportError: UserFacingError, Equatable {
  /// What stands in the way: an operator that is not supported, or a node that is not valid.
  public struct Problem: Sendable, Equatable {
    /// The operator, with its domain if that is not ONNX's own; empty if the problem is not one of a node.
    public var operation: String
    /// The names of the nodes that have the problem.
    public var nodes: [String]
    /// What is wrong; nil if the operator is not supported at all.
    public var reason: String?

    /// Creates a problem.
    ///
    /// - Parameters:
    ///   - operation: The operator.
    ///   - nodes: The names of the nodes.
    ///   - reason: What is wrong; nil if the operator is not supported at all.
    public init(operation: String, nodes: [String], reason: String? = nil) {
      self.operation = operation
      self.nodes = nodes
      self.reason = reason
    }
  }

  /// The file.
  public let path: String
  /// All that was found, operators that are not supported first.
  public let problems: [Problem]

  /// Creates an error from what was found in a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - problems: What was found.
  public init(path: String, problems: [Problem]) {
    self.path = path
    self.problems = problems
  }

  /// Creates an error of the whole file.
  init(path: String, _ reason: String) {
    self.init(path: path, problems: [Problem(operation: "", nodes: [], reason: reason)])
  }

  /// A line for each problem, with the names of its nodes.
  public var description: String {
    let lines = problems.map(\.description)
    if lines.count == 1, let line = lines.first { return "\(displayName(ofPath: path)) cannot be imported: \(line)" }
    return "\(displayName(ofPath: path)) cannot be imported:\n" + lines.map { "  \($0)" }.joined(separator: "\n")
  }
}

extension ONNXImportError.Problem: CustomStringConvertible {
  /// The operator, the reason and the names of the nodes.
  public var description: String {
    let names = nodes.map { "'\($0.printable)'" }.joined(separator: ", ")
    if operation.isEmpty { return reason ?? "" }
    guard let reason else { return "\(operation.printable) is not supported (\(names))" }
    return names.isEmpty ? "\(operation.printable): \(reason)" : "\(operation.printable) \(names): \(reason)"
  }
}

/// Why a node cannot be imported; the importer adds the operator and the node's name.
struct ONNXRefusal: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
