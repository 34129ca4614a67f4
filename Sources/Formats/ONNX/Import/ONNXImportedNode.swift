import IR
import Tensors

/// The graph, body or function that nodes are in.
struct ONNXPlace {
  /// The version of ONNX's operators there.
  var operatorSet: Int
  /// The names of the nodes that it belongs to, outermost first.
  var path = ""
  /// The number of these nodes.
  var depth = 0

  /// The number of bodies and functions within each other that are run.
  static let deepest = 16

  /// Returns the path of a node here.
  func path(of name: String) -> String { path.isEmpty ? name : "\(path)/\(name)" }

  /// Returns the place of the body or function of a node here.
  ///
  /// - Throws: ``ONNXRefusal`` if it is nested too deep.
  func inside(_ name: String, operatorSet: Int) throws(ONNXRefusal) -> ONNXPlace {
    guard depth < Self.deepest else { throw ONNXRefusal("bodies and functions are nested too deep") }
    return ONNXPlace(operatorSet: operatorSet, path: path(of: name), depth: depth + 1)
  }
}

/// A node that is being imported: its inputs and attributes, and what adds operations for it.
struct ONNXImportedNode {
  let importer: ONNXImporter
  let node: ONNXNodeProto
  /// The values of the inputs; nil where an optional one is left out.
  let inputs: [ONNXValue?]
  /// The names that its bodies can use.
  let scope: ONNXScope
  /// The graph, body or function that the node is in.
  let place: ONNXPlace

  /// The version of ONNX's operators.
  var operatorSet: Int { place.operatorSet }

  /// The path of the layer, which exporters put before the operator: `/blocks/0/conv/Conv` is in `blocks.0.conv`.
  var scopePath: String {
    let parts = place.path(of: node.name).printable.split(separator: "/")
    return parts.dropLast().joined(separator: ".")
  }

  // MARK: Inputs

  /// Returns whether an input is there.
  func has(_ index: Int) -> Bool { inputs.indices.contains(index) && inputs[index] != nil }

  /// Returns an input.
  func input(_ index: Int) throws(ONNXRefusal) -> ONNXValue {
    guard inputs.indices.contains(index), let value = inputs[index] else {
      throw ONNXRefusal("it has no input \(index)")
    }
    return value
  }

  /// Returns the inputs from an index on that are there.
  func allInputs(from index: Int = 0) -> [ONNXValue] { inputs.dropFirst(index).compactMap { $0 } }

  /// Returns the type of an input.
  func type(_ index: Int) throws(ONNXRefusal) -> ValueType { try importer.type(of: input(index)) }

  /// Returns the number of axes of an input.
  func rank(_ index: Int = 0) throws(ONNXRefusal) -> Int { try type(index).rank }

  /// Returns an input that must be known; nil if it is left out.
  func tensor(_ index: Int, _ name: String) throws(ONNXRefusal) -> Tensor? {
    guard has(index) else { return nil }
    guard case .tensor(let tensor, _) = try input(index) else {
      throw ONNXRefusal(
        "its \(name) must be constant, or follow from the shapes of inputs: give the inputs' shapes if they are open")
    }
    return tensor
  }

  /// Returns the integers of an input that must be known; nil if it is left out.
  func integers(_ index: Int, _ name: String) throws(ONNXRefusal) -> [Int]? {
    guard let tensor = try tensor(index, name) else { return nil }
    return tensor.integers
  }

  /// Returns the number of an input that must be known; nil if it is left out.
  func number(_ index: Int, _ name: String) throws(ONNXRefusal) -> Float? {
    guard let tensor = try tensor(index, name) else { return nil }
    guard tensor.count == 1 else { throw ONNXRefusal("its \(name) must be one number") }
    return tensor.converted(to: .float32).elements(as: Float.self)[0]
  }

  /// Returns integers that are an attribute in older operator sets and an input in newer ones; nil if they are left out.
  func integers(attribute name: String, orInput index: Int) throws(ONNXRefusal) -> [Int]? {
    if let integers = integers(name) { return integers }
    return try integers(index, name)
  }

  // MARK: Attributes

  private func attribute(_ name: String) -> ONNXAttributeProto? { node.attribute.first { $0.name == name } }

  /// Returns an integer attribute.
  func integer(_ name: String, default value: Int) -> Int {
    attribute(name).flatMap { $0.hasI ? Int($0.i) : nil } ?? value
  }

  /// Returns a Boolean attribute.
  func flag(_ name: String, default value: Bool) -> Bool { integer(name, default: value ? 1 : 0) != 0 }

  /// Returns an attribute of integers; nil if it is left out.
  func integers(_ name: String) -> [Int]? { attribute(name).map { $0.ints.map { Int($0) } } }

  /// Returns a floating-point attribute.
  func float(_ name: String, default value: Float) -> Float {
    attribute(name).flatMap { $0.hasF ? $0.f : nil } ?? value
  }

  /// Returns an attribute of floating-point numbers; nil if it is left out.
  func floats(_ name: String) -> [Float]? { attribute(name).map(\.floats) }

  /// Returns a text attribute.
  func string(_ name: String, default value: String) -> String {
    attribute(name).flatMap { $0.hasS ? String(decoding: $0.s, as: UTF8.self) : nil } ?? value
  }

  /// Returns an attribute that is a list of texts; nil if it is left out.
  func strings(_ name: String) -> [String]? {
    attribute(name).map { $0.strings.map { String(decoding: $0, as: UTF8.self) } }
  }

  /// Returns an attribute that is a tensor; nil if it is left out.
  func tensor(_ name: String) throws -> Tensor? {
    guard let attribute = attribute(name), attribute.hasT else { return nil }
    return try importer.file.tensor(attribute.t)
  }

  /// Returns an attribute that is a graph.
  func body(_ name: String) throws(ONNXRefusal) -> ONNXGraphProto {
    guard let attribute = attribute(name), attribute.hasG else { throw ONNXRefusal("it has no '\(name)'") }
    return attribute.g
  }

  /// Returns the axis of an attribute, from the front.
  func axis(_ name: String = "axis", default value: Int, rank: Int) throws(ONNXRefusal) -> Int {
    try Self.axis(integer(name, default: value), rank: rank)
  }

  /// Returns an axis from the front; negative ones count from the end.
  static func axis(_ axis: Int, rank: Int) throws(ONNXRefusal) -> Int {
    guard (-rank..<rank).contains(axis) else { throw ONNXRefusal("it has no axis \(axis)") }
    return axis < 0 ? axis + rank : axis
  }

  /// Returns axes from the front in ascending order.
  static func axes(_ axes: [Int], rank: Int) throws(ONNXRefusal) -> [Int] {
    var result: [Int] = []
    for axis in axes { result.append(try self.axis(axis, rank: rank)) }
    guard Set(result).count == result.count else { throw ONNXRefusal("an axis is named twice in \(axes)") }
    return result.sorted()
  }

  // MARK: Operations

  /// Adds an operation with one result.
  func add(_ operation: any Operation, _ inputs: ONNXValue...) throws -> ONNXValue { try add(operation, inputs) }

  /// Adds an operation with any number of inputs and one result.
  func add(_ operation: any Operation, _ inputs: [ONNXValue]) throws -> ONNXValue {
    let results = try importer.add(operation, inputs)
    guard let result = results.first else { throw ONNXRefusal("\(operation.name) gives no result") }
    return result
  }

  /// Adds an operation with several results.
  func addAll(_ operation: any Operation, _ inputs: [ONNXValue]) throws -> [ONNXValue] {
    try importer.add(operation, inputs)
  }

  /// Returns the type of a value.
  func type(of value: ONNXValue) throws(ONNXRefusal) -> ValueType { try importer.type(of: value) }
}

extension ONNXGraphProto {
  /// The number of names and initializers in the graph and its bodies.
  var size: Int {
    node.reduce(initializer.count) { sum, node in
      node.attribute.reduce(sum + 1 + node.input.count + node.output.count) { $0 + ($1.hasG ? $1.g.size : 1) }
    }
  }
}

extension ONNXNodeProto {
  /// The names that the node or its bodies use.
  var usedNames: Set<String> {
    var names = Set(input)
    for attribute in attribute where attribute.hasG {
      for node in attribute.g.node { names.formUnion(node.usedNames) }
      names.formUnion(attribute.g.output.map(\.name))
    }
    return names
  }

  /// The node's name, or that of its first output if it has none.
  var title: String { name.isEmpty ? output.first { !$0.isEmpty } ?? "" : name }

  /// The operator, with its domain if that is not ONNX's own.
  var operatorName: String { ["", "ai.onnx"].contains(domain) ? opType : "\(domain).\(opType)" }
}
