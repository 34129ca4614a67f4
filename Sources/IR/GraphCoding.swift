import Tensors

extension Graph {
  /// Returns the graph as JSON, as in an `.accel` file.
  ///
  /// - Throws: ``GraphError`` if the graph is not well-formed.
  public func encoded() throws -> JSON {
    try verify()
    var object: JSONObject = [
      "inputs": .array(
        inputTypes.map {
          ["name": .string($0.name), "type": .string($0.type.elementType.rawValue), "shape": encode($0.type)]
        }),
      "parameters": .array(parameters.map(encode)),
      "nodes": .array(
        try nodes.map {
          [
            "operation": .string($0.operation.name),
            "inputs": JSON($0.inputs.map { self[$0].name }),
            "results": JSON($0.results.map { self[$0].name }),
            "attributes": try JSON(encoding: $0.operation),
            "scope": .string($0.scope),
          ]
        }),
      "outputs": JSON(outputs.map { self[$0].name }),
    ]
    if !states.isEmpty { object["states"] = .array(states.map(encode)) }
    return .object(object)
  }

  private func encode(_ state: State) -> JSON {
    let type = type(state.value)
    return [
      "name": .string(self[state.value].name), "type": .string(type.elementType.rawValue), "shape": encode(type),
      "initial": JSON(finiteOrInfinite: state.initial), "next": .string(self[state.next].name),
    ]
  }

  /// The element type is written only if it is not float32.
  private func encode(_ parameter: Parameter) -> JSON {
    let type = type(parameter.value)
    var object: JSONObject = [
      "path": .string(parameter.path), "role": .string(parameter.role.rawValue), "shape": encode(type),
    ]
    if type.elementType != .float32 { object["type"] = .string(type.elementType.rawValue) }
    return .object(object)
  }

  private func encode(_ type: ValueType) -> JSON {
    .array(type.shape.map { $0.value.map { JSON($0) } ?? .string($0.description) })
  }

  /// Reads a graph; the shapes of results are inferred, not read.
  ///
  /// - Throws: `FormatError` that names the key; ``GraphError`` if the parts do not fit together.
  public init(decoding field: JSONField) throws {
    self.init()
    var ids: [String: ValueID] = [:]
    func define(_ name: String, _ id: ValueID, _ field: JSONField) throws {
      guard ids.updateValue(id, forKey: name) == nil else { throw field.error("defines '\(name)' twice") }
    }
    func find(_ field: JSONField) throws -> ValueID {
      guard let id = ids[try field.string()] else { throw field.error("names a value that is not defined before") }
      return id
    }
    for input in try field.required("inputs").elements() {
      let name = try input.required("name").string()
      let type = ValueType(try Self.shape(input), elementType: try Self.elementType(input.required("type")))
      try define(name, addInput(name: name, type: type), input)
    }
    for parameter in try field.required("parameters").elements() {
      let path = try parameter.required("path").string()
      guard let role = Role(rawValue: try parameter.required("role").string()) else {
        throw try parameter.required("role").error("must be weight or buffer")
      }
      let elementType = try parameter.optional("type").map { try Self.elementType($0) } ?? .float32
      let type = ValueType(try Self.shape(parameter), elementType: elementType)
      try define(path, addParameter(path: path, role: role, type: type), parameter)
    }
    let states = try field.optional("states")?.elements() ?? []
    for state in states {
      let name = try state.required("name").string()
      let type = ValueType(try Self.shape(state), elementType: try Self.elementType(state.required("type")))
      let initial = try state.required("initial").finiteOrInfinite()
      try define(name, addState(name: name, type: type, initial: initial), state)
    }
    for node in try field.required("nodes").elements() {
      let name = try node.required("operation")
      guard let kind = OperationRegistry.byName[try name.string()] else {
        throw name.error("is not an operation that this version knows")
      }
      let operation = try Self.decode(kind, node.required("attributes"))
      let results = try addNode(
        operation, inputs: node.required("inputs").elements().map(find), scope: node.required("scope").string())
      let names = try node.required("results").strings()
      guard names.count == results.count else {
        throw try node.required("results").error("must be \(results.count) names")
      }
      for (name, id) in zip(names, results) {
        try define(name, id, node)
        values[id.index] = Value(name: name, type: type(id))
      }
    }
    outputs = try field.required("outputs").elements().map(find)
    for (id, state) in zip(self.states.map(\.value), states) { try update(id, to: find(state.required("next"))) }
    try verify()
  }

  private static func elementType(_ field: JSONField) throws -> ElementType {
    guard let type = ElementType(rawValue: try field.string()) else { throw field.error("is not an element type") }
    return type
  }

  private static func shape(_ field: JSONField) throws -> [Dimension] {
    let lengths = try field.required("shape").elements()
    guard lengths.count <= ValueType.maximumRank else {
      throw try field.required("shape").error("has more than \(ValueType.maximumRank) axes")
    }
    return try lengths.map {
      if case .string(let symbol) = $0.json { return .symbolic(symbol) }
      let length = try $0.int()
      guard (0...1 << 32).contains(length) else { throw $0.error("is not a sensible length") }
      return .fixed(length)
    }
  }

  private static func decode<Kind: Operation>(_ kind: Kind.Type, _ field: JSONField) throws -> any Operation {
    try field.decode(kind)
  }
}
