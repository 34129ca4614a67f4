import IR
import Tensors

extension ONNXOperators {
  /// Control flow and sequences, which disappear when they are imported.
  static var controlFlow: [ONNXImportRow] {
    [
      ONNXImportRow("If", all: { try $0.branch() }),
      ONNXImportRow("Loop", all: { try $0.unrolled() }),
      ONNXImportRow("SequenceEmpty") { _ in .sequence([]) },
      ONNXImportRow("SequenceConstruct") { .sequence($0.allInputs()) },
      ONNXImportRow("SequenceLength") { .number(of: try $0.sequence(0).count) },
      ONNXImportRow("SequenceAt") { node in
        let values = try node.sequence(0)
        return values[try node.position(1, among: values.count)]
      },
      ONNXImportRow("SequenceInsert") { node in
        var values = try node.sequence(0)
        let position = node.has(2) ? try node.position(2, among: values.count + 1) : values.count
        guard values.count < 1 << 12 else { throw ONNXRefusal("the sequence is longer than \(1 << 12)") }
        values.insert(try node.input(1), at: position)
        return .sequence(values)
      },
      ONNXImportRow("SequenceErase") { node in
        var values = try node.sequence(0)
        guard !values.isEmpty else { throw ONNXRefusal("the sequence is empty") }
        values.remove(at: node.has(1) ? try node.position(1, among: values.count) : values.count - 1)
        return .sequence(values)
      },
      ONNXImportRow("ConcatFromSequence") { node in
        let values = try node.sequence(0)
        guard let first = values.first else { throw ONNXRefusal("the sequence is empty") }
        let isNew = node.flag("new_axis", default: false)
        let rank = try node.type(of: first).rank + (isNew ? 1 : 0)
        let axis = try node.axis(default: 0, rank: rank)
        return try node.concatenated(isNew ? values.map { try node.unsqueezed($0, axes: [axis]) } : values, axis: axis)
      },
      ONNXImportRow("SplitToSequence") { node in
        let axis = try node.axis(default: 0, rank: node.rank())
        guard let length = try node.type(0).shape[axis].value else {
          throw ONNXRefusal("the length of axis \(axis) must be known: give the inputs' shapes")
        }
        let size = try node.tensor(1, "split")
        let counts: [Int]
        if let size, size.rank == 1 {
          counts = size.integers
        } else {
          let part = size?.integers.first ?? 1
          guard part > 0, length <= 1 << 16 else { throw ONNXRefusal("it cannot split \(length) elements by \(part)") }
          counts = stride(from: 0, to: length, by: part).map { min(part, length - $0) }
        }
        let parts = try node.split(node.input(0), axis: axis, counts: counts)
        let keeps = size != nil || node.flag("keepdims", default: true)
        return .sequence(try keeps ? parts : parts.map { try node.squeezed($0, axes: [axis]) })
      },
    ]
  }
}

extension ONNXValue {
  fileprivate static func number(of count: Int) -> ONNXValue { .tensor(Tensor([Int64(count)], shape: []), name: nil) }
}

extension ONNXImportedNode {
  fileprivate func sequence(_ index: Int) throws(ONNXRefusal) -> [ONNXValue] {
    guard case .sequence(let values) = try input(index) else { throw ONNXRefusal("its input must be a sequence") }
    return values
  }

  /// Returns a position in a sequence; negative ones count from the end.
  fileprivate func position(_ index: Int, among count: Int) throws(ONNXRefusal) -> Int {
    guard let position = try integers(index, "position")?.first, (-count..<count).contains(position) else {
      throw ONNXRefusal("its position is not in the sequence of \(count)")
    }
    return position < 0 ? position + count : position
  }

  /// Returns a Boolean input that must be known; true if it is left out.
  private func condition(_ value: ONNXValue?, _ name: String) throws(ONNXRefusal) -> Bool {
    guard let value else { return true }
    guard case .tensor(let tensor, _) = value, tensor.elementType == .bool, tensor.count == 1 else {
      throw ONNXRefusal(
        "its \(name) must be constant, or follow from the shapes of inputs: give the inputs' shapes if they are open")
    }
    return tensor.integers[0] != 0
  }

  /// Returns the results of a body, whose nodes can use the values around it.
  private func results(of body: ONNXGraphProto, _ values: [ONNXValue]) throws -> [ONNXValue] {
    try importer.count(body)
    let place = try place.inside(node.name.isEmpty ? node.opType : node.name, operatorSet: operatorSet)
    let inner = ONNXScope(inside: scope)
    importer.defineInitializers(of: body, in: inner)
    guard body.input.count == values.count else {
      throw ONNXRefusal("its body has \(body.input.count) inputs, not \(values.count)")
    }
    for (input, value) in zip(body.input, values) { inner.define(input.name, value) }
    importer.run(body, in: inner, at: place)
    return try body.output.map { try importer.value(named: $0.name, in: inner) }
  }

  /// Returns the results of the branch of an If whose condition is known.
  fileprivate func branch() throws -> [ONNXValue] {
    let name = try condition(input(0), "condition") ? "then_branch" : "else_branch"
    return try results(of: body(name), [])
  }

  /// Returns the results of a Loop of which it is known how often it runs.
  fileprivate func unrolled() throws -> [ONNXValue] {
    let limit = try integers(0, "trip count")?.first ?? Int.max
    var goesOn = try condition(inputs.count > 1 ? inputs[1] : nil, "condition")
    var carried = allInputs(from: 2)
    let body = try body("body")
    let scanCount = body.output.count - 1 - carried.count
    guard scanCount >= 0 else { throw ONNXRefusal("its body has too few outputs") }
    var scans = [[ONNXValue]](repeating: [], count: scanCount)
    var iteration = 0
    while goesOn, iteration < limit {
      guard iteration < 1 << 12 else { throw ONNXRefusal("it runs more than \(1 << 12) times") }
      let condition = ONNXValue.tensor(Tensor([true], shape: []), name: nil)
      let results = try results(of: body, [.number(of: iteration), condition] + carried)
      goesOn = try self.condition(results[0], "condition")
      carried = Array(results[1..<1 + carried.count])
      for (index, value) in results[(1 + carried.count)...].enumerated() { scans[index].append(value) }
      iteration += 1
    }
    return try carried
      + scans.map { values in
        guard !values.isEmpty else { throw ONNXRefusal("it never runs, and its results have no known shape") }
        return try concatenated(values.map { try unsqueezed($0, axes: [0]) }, axis: 0)
      }
  }

  /// Returns the results of a function of the file, whose nodes see nothing but its inputs.
  func results(of function: ONNXFunctionProto) throws -> [ONNXValue] {
    let version = function.opsetImport.first { ["", "ai.onnx"].contains($0.domain) }.map { Int($0.version) }
    let place = try place.inside(node.name.isEmpty ? function.name : node.name, operatorSet: version ?? operatorSet)
    let inner = ONNXScope()
    for (name, value) in zip(function.input, inputs) {
      if let value { inner.define(name, value) }
    }
    var body = ONNXGraphProto()
    body.node = function.node.map { withAttributes($0, of: function) }
    body.output = function.output.map { name in .with { $0.name = name } }
    try importer.count(body)
    importer.run(body, in: inner, at: place)
    return try body.output.map { try importer.value(named: $0.name, in: inner) }
  }

  /// Returns a node of a function with the attributes that it takes from this node, or from the function's defaults.
  private func withAttributes(_ inner: ONNXNodeProto, of function: ONNXFunctionProto) -> ONNXNodeProto {
    guard inner.attribute.contains(where: { !$0.refAttrName.isEmpty }) else { return inner }
    var result = inner
    result.attribute = inner.attribute.compactMap { attribute in
      guard !attribute.refAttrName.isEmpty else { return attribute }
      let given = (node.attribute + function.attributeProto).first { $0.name == attribute.refAttrName }
      return given.map { given in
        var given = given
        given.name = attribute.name
        return given
      }
    }
    return result
  }
}
