import Tensors

extension Graph: CustomStringConvertible {
  /// A readable text of the graph, with a line for each parameter, state, operation and update of a state.
  ///
  /// ```
  /// graph(clip: float32[N, 3, T, H, W])
  ///   parameter 0.weight: float32[24, 3, 1, 3, 3]
  ///   %2 = convolution(clip, 0.weight) {window: {kernel: [1, 3, 3], …}, groups: 1}: float32[N, 24, T, …]  // 0
  ///   return %2
  /// ```
  public var description: String {
    var lines = ["graph(\(inputTypes.map { "\($0.name): \($0.type)" }.joined(separator: ", ")))"]
    for parameter in parameters {
      let buffer = parameter.role == .buffer ? " (buffer)" : ""
      lines.append("  parameter \(parameter.path): \(type(parameter.value))\(buffer)")
    }
    for state in states {
      lines.append("  state \(self[state.value].name): \(type(state.value)) = \(state.initial)")
    }
    for node in nodes {
      let results = node.results.map { self[$0].name }.joined(separator: ", ")
      let inputs = node.inputs.map { self[$0].name }.joined(separator: ", ")
      let types = node.results.map { type($0).description }.joined(separator: ", ")
      let attributes = node.operation.attributeText
      lines.append(
        "  \(results) = \(node.operation.name)(\(inputs))\(attributes.isEmpty ? "" : " {\(attributes)}"): \(types)"
          + (node.scope.isEmpty ? "" : "  // \(node.scope)"))
    }
    for state in states { lines.append("  update \(self[state.value].name) = \(self[state.next].name)") }
    lines.append("  return \(outputs.map { self[$0].name }.joined(separator: ", "))")
    return lines.joined(separator: "\n")
  }
}

extension Operation {
  /// The attributes as `name: value, name: value`.
  public var attributeText: String {
    guard let json = try? JSON(encoding: self), case .object(let object) = json else { return "" }
    return object.map { "\($0.key): \(text($0.value))" }.joined(separator: ", ")
  }

  private func text(_ json: JSON) -> String {
    switch json {
    case .string(let string): string
    case .array(let elements): "[\(elements.map(text).joined(separator: ", "))]"
    case .object(let object): "{\(object.map { "\($0.key): \(text($0.value))" }.joined(separator: ", "))}"
    default: json.text()
    }
  }
}
