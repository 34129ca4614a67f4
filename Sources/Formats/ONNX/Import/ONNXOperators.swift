import IR

/// Makes operations of the nodes of some operators.
struct ONNXImportRow: Sendable {
  /// The names of the operators.
  let operators: [String]
  /// Returns the values of a node's outputs.
  let results: @Sendable (ONNXImportedNode) throws -> [ONNXValue]

  /// Creates the row of operators with any number of results.
  init(_ operators: String..., all results: @escaping @Sendable (ONNXImportedNode) throws -> [ONNXValue]) {
    self.operators = operators
    self.results = results
  }

  /// Creates the row of operators with one result.
  init(_ operators: String..., result: @escaping @Sendable (ONNXImportedNode) throws -> ONNXValue) {
    self.operators = operators
    results = { [try result($0)] }
  }

  func callAsFunction(_ node: ONNXImportedNode) throws -> [ONNXValue] { try results(node) }
}

/// The operators that can be imported.
enum ONNXOperators {
  /// The row of each operator.
  private static let rows: [String: ONNXImportRow] = {
    let operations = OperationRegistry.all.compactMap { ($0 as? any ONNXOperation.Type)?.importRows }
    let all = operations.flatMap { $0 } + compositions + quantization + attention + controlFlow
    return Dictionary(all.flatMap { row in row.operators.map { ($0, row) } }, uniquingKeysWith: { first, _ in first })
  }()

  /// The names of all operators, in order.
  static var names: [String] { rows.keys.sorted() }

  /// Returns the row of a node; nil if its operator is not supported.
  static func row(for node: ONNXNodeProto) -> ONNXImportRow? {
    ["", "ai.onnx"].contains(node.domain) ? rows[node.opType] : nil
  }
}
