import IR
import Tensors

/// Makes a graph of an ONNX file, node by node.
///
/// What depends on constants and on known lengths alone is computed at once, so that shape arithmetic leaves nothing
/// behind, unless lengths of inputs are not known: then it becomes operations, which `Graph.specialized(to:)` folds.
final class ONNXImporter {
  let file: ONNXFile
  var writer = GraphWriter()
  private(set) var weights: [String: Tensor] = [:]
  private var parameters: [String: Graph.ValueID] = [:]
  private var producers: [Graph.ValueID: (operation: any Operation, inputs: [ONNXValue])] = [:]
  private var taken: Set<String> = []
  /// The last number that was appended to a name that was taken.
  private var copies: [String: Int] = [:]
  /// The initializers of integers that are weights as real numbers.
  private var dequantized: Set<String> = []
  /// The operators that are missing and the nodes that could not be imported.
  private var problems: [ONNXImportError.Problem] = []
  /// The index of each operator's problem, by its reason.
  private var problemIndices: [[String?]: Int] = [:]
  private let functions: [String: ONNXFunctionProto]
  private var budget: FoldingBudget
  /// The number of nodes that were imported and of bodies that were run, each time.
  private var nodeCount = 0

  /// More than any network has: loops that are unrolled could give any number.
  private static let mostNodes = 1 << 17

  /// The number of names and initializers in bodies that were run, each time: what a body has but does not run takes time too.
  private var bodySize = 0

  private static let largestBodies = 1 << 22

  init(_ file: ONNXFile) {
    self.file = file
    budget = FoldingBudget(bytes: file.size, largest: 1 << 24)
    functions = Dictionary(
      file.proto.functions.map { (Self.key($0.domain, $0.name, $0.overload), $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Imports the whole graph; `inputShapes` replaces the declared shapes of inputs.
  ///
  /// - Throws: ``ONNXImportError`` with all problems; `GraphError`.
  func graph(inputShapes: [String: [Int]]) throws -> Graph {
    let proto = file.proto.graph
    let scope = ONNXScope()
    try listMissingOperators(in: [proto])
    if !problems.isEmpty { throw ONNXImportError(path: file.path, problems: problems) }
    defineInitializers(of: proto, in: scope)
    try addInputs(of: proto, inputShapes, in: scope)
    run(proto, in: scope, at: ONNXPlace(operatorSet: file.operatorSet))
    if !problems.isEmpty { throw ONNXImportError(path: file.path, problems: problems) }
    do {
      let ids = try proto.output.map { try id(of: value(named: $0.name, in: scope)) }
      guard !ids.isEmpty else { throw ONNXRefusal("the graph has no outputs") }
      return try writer.finish(outputs: ids)
    } catch let refusal as ONNXRefusal { throw ONNXImportError(path: file.path, refusal.reason) }
  }

  /// Runs the nodes of a graph or of a body. Values are dropped after their last use, as all of them together can be far
  /// larger than the file.
  func run(_ proto: ONNXGraphProto, in scope: ONNXScope, at place: ONNXPlace) {
    var lastUses: [String: Int] = [:]
    for (index, node) in proto.node.enumerated() {
      for name in node.usedNames { lastUses[name] = index }
    }
    for output in proto.output { lastUses[output.name] = nil }
    let dropped = Dictionary(grouping: lastUses.keys) { lastUses[$0] ?? 0 }
    for (index, node) in proto.node.enumerated() {
      run(node, in: scope, at: place)
      if nodeCount > Self.mostNodes { break }
      for name in dropped[index] ?? [] { scope.drop(name) }
    }
  }

  func defineInitializers(of proto: ONNXGraphProto, in scope: ONNXScope) {
    for tensor in proto.initializer {
      if scope.defines(tensor.name) { report("", "", "two initializers are named '\(tensor.name.printable)'") }
      scope.define(tensor.name, tensor)
    }
    if let sparse = proto.sparseInitializer.first {
      report("", "", "the initializer '\(sparse.values.name.printable)' is sparse, which is not supported")
    }
  }

  // MARK: Nodes

  private func run(_ node: ONNXNodeProto, in scope: ONNXScope, at place: ONNXPlace) {
    do {
      try count()
      var inputs: [ONNXValue?] = []
      for name in node.input { inputs.append(name.isEmpty ? nil : try value(named: name, in: scope)) }
      let call = ONNXImportedNode(
        importer: self, node: node, inputs: inputs, scope: scope, place: place)
      writer.scope = call.scopePath
      let results: [ONNXValue]
      if let function = functions[Self.key(node.domain, node.opType, node.overload)] {
        results = try call.results(of: function)
      } else if let row = ONNXOperators.row(for: node) {
        results = try row(call)
      } else {
        throw ONNXRefusal("it is not supported")
      }
      guard results.count >= node.output.lastIndex(where: { !$0.isEmpty }).map({ $0 + 1 }) ?? 0 else {
        throw ONNXRefusal("it has \(node.output.count) outputs, of which \(results.count) are supported")
      }
      for (name, value) in zip(node.output, results) where !name.isEmpty {
        guard !scope.defines(name) else { throw ONNXRefusal("the value '\(name.printable)' is computed twice") }
        scope.define(name, value)
      }
    } catch is FailedInput {
      for name in node.output { scope.fail(name) }
    } catch {
      for name in node.output { scope.fail(name) }
      report(node.operatorName, node.title, Self.reason(error))
    }
  }

  /// Counts a node or the run of a body.
  ///
  /// - Throws: ``ONNXRefusal`` if there are too many.
  func count() throws(ONNXRefusal) {
    nodeCount += 1
    guard nodeCount <= Self.mostNodes else {
      throw ONNXRefusal("the graph unrolls to more than \(Self.mostNodes) nodes")
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case let refusal as ONNXRefusal: refusal.reason
    case GraphError.operation(let name, _, let inputs, let reason):
      "\(name) cannot take (\(inputs.map(\.description).joined(separator: ", "))): \(reason)"
    case let error as any UserFacingError: error.description
    default: "\(error)"
    }
  }

  /// Counts what is in a body that is run.
  ///
  /// - Throws: ``ONNXRefusal`` if there is too much of it.
  func count(_ body: ONNXGraphProto) throws(ONNXRefusal) {
    try count()
    bodySize += body.size
    guard bodySize <= Self.largestBodies + file.size else {
      throw ONNXRefusal("the graph unrolls to more than \(Self.largestBodies) names")
    }
  }

  /// Reports a problem, together with others that have the same reason.
  private func report(_ operation: String, _ node: String, _ reason: String?) {
    if let index = problemIndices[[operation, reason]] {
      problems[index].nodes.append(node)
    } else {
      problemIndices[[operation, reason]] = problems.count
      problems.append(.init(operation: operation, nodes: node.isEmpty ? [] : [node], reason: reason))
    }
  }

  /// An input whose own node could not be imported.
  struct FailedInput: Error {}

  /// Returns the value of a name.
  func value(named name: String, in scope: ONNXScope) throws -> ONNXValue {
    switch scope.look(up: name) {
    case .value(let value): return value
    case .initializer(let proto, let owner):
      let value = ONNXValue.tensor(try file.tensor(proto), name: name)
      owner.define(name, value)
      return value
    case .failed: throw FailedInput()
    case .unknown: throw ONNXRefusal("it takes '\(name.printable)', which nothing before it computes")
    }
  }

  // MARK: Missing operators

  /// Reports operators that are not supported, in bodies and functions too, before anything else is done.
  private func listMissingOperators(in graphs: [ONNXGraphProto]) throws {
    var pending = graphs.map(\.node) + functions.values.map(\.node)
    while let nodes = pending.popLast() {
      for node in nodes {
        pending += node.attribute.filter(\.hasG).map(\.g.node)
        if functions[Self.key(node.domain, node.opType, node.overload)] == nil, ONNXOperators.row(for: node) == nil {
          report(node.operatorName, node.title, nil)
        }
      }
    }
  }

  private static func key(_ domain: String, _ name: String, _ overload: String) -> String {
    "\(domain)\u{0}\(name)\u{0}\(overload)"
  }

  // MARK: The graph

  private func addInputs(of proto: ONNXGraphProto, _ shapes: [String: [Int]], in scope: ONNXScope) throws {
    // Before version 4 of the format, initializers are inputs too.
    let inputs = proto.input.filter { !scope.defines($0.name) }
    var unknown = Set(shapes.keys)
    for input in inputs {
      unknown.remove(input.name)
      do {
        guard taken.insert(input.name).inserted else { throw ONNXRefusal("two inputs have this name") }
        let type = try ValueType(input, shape: shapes[input.name])
        guard type.isPossible else { throw ONNXRefusal("\(type) is too large") }
        scope.define(input.name, .value(writer.addInput(input.name, type)))
      } catch let refusal as ONNXRefusal {
        report("", "", "the input '\(input.name.printable)': \(refusal.reason)")
        scope.fail(input.name)
      }
    }
    if let name = unknown.min() {
      let names = inputs.map { "'\($0.name.printable)'" }.joined(separator: ", ")
      throw ONNXImportError(path: file.path, "it has no input '\(name)': its inputs are \(names)")
    }
  }

  /// Adds an operation, or computes it at once if all inputs are known, or leaves it out if it changes nothing.
  func add(_ operation: any Operation, _ inputs: [ONNXValue]) throws -> [ONNXValue] {
    if operation is Operations.Reshape || operation is Operations.Expand, let x = inputs.first {
      let given = try inputs.map { try type(of: $0) }
      let result = try writer.resultTypes(of: operation, given)
      if given[0].fixedShape != nil, result == [given[0]] { return [x] }
    }
    let tensors = inputs.compactMap { if case .tensor(let tensor, _) = $0 { tensor } else { nil } }
    if tensors.count == inputs.count {
      let types = try writer.resultTypes(of: operation, tensors.map { ValueType.known($0) })
      if !Self.repeats(operation, types), budget.allows(operation, tensors, results: types) {
        return try operation.evaluate(tensors, scope: writer.scope).map { .tensor($0, name: nil) }
      }
    }
    return try writer.add(operation, inputs.map { try id(of: $0) }).map { id in
      if let tensor = writer.knownTensor(of: id) { return .tensor(tensor, name: nil) }
      producers[id] = (operation, inputs)
      return .value(id)
    }
  }

  /// Returns whether an operation makes a large value of a small one by repetition alone: it is not computed, as it takes no
  /// time in a run, and often stands for positions that are a box (``ONNXImportedNode/boxUpdate()``).
  private static func repeats(_ operation: any Operation, _ results: [ValueType]) -> Bool {
    guard operation is Operations.Expand || operation is Operations.Tile else { return false }
    return results.contains { type in
      type.fixedShape.flatMap { Tensor.byteCount(shape: $0, elementType: type.elementType) }.map { $0 > 1 << 20 }
        ?? true
    }
  }

  /// Returns whether an initializer of integers is taken as real numbers for the first time.
  func startsDequantizing(_ name: String) -> Bool { dequantized.insert(name).inserted }

  /// Returns the operation that computes a value, and its inputs; nil for values that are given or known.
  func producer(of value: ONNXValue) -> (operation: any Operation, inputs: [ONNXValue])? {
    if case .value(let id) = value { producers[id] } else { nil }
  }

  /// Returns the type of a value.
  func type(of value: ONNXValue) throws(ONNXRefusal) -> ValueType {
    switch value {
    case .tensor(let tensor, _): ValueType(tensor)
    case .value(let id): writer.graph.type(id)
    case .sequence: throw ONNXRefusal("it takes a sequence, which is not supported")
    }
  }

  /// Returns a value of the graph: a known tensor becomes a parameter, or a constant if it is a few integers.
  func id(of value: ONNXValue) throws -> Graph.ValueID {
    switch value {
    case .value(let id): return id
    case .sequence: throw ONNXRefusal("it takes a sequence, which is not supported")
    case .tensor(let tensor, let name):
      if !tensor.elementType.isFloatingPoint, tensor.count <= 1024 {
        return try writer.add(Operations.Constant([tensor]), [])[0]
      }
      return parameter(tensor, name)
    }
  }

  /// Returns the parameter of a tensor. Floating-point initializers are trained; what was computed of them is not.
  private func parameter(_ tensor: Tensor, _ name: String?) -> Graph.ValueID {
    // Graphs and bodies can have initializers of the same name.
    if let name, let id = parameters[name], weights[writer.graph[id].name] == tensor { return id }
    let path = unique(name ?? "constant")
    let id = writer.addParameter(
      path, ValueType(tensor), role: name != nil && tensor.elementType.isFloatingPoint ? .weight : .buffer)
    weights[path] = tensor
    if let name { parameters[name] = id }
    return id
  }

  private func unique(_ name: String) -> String {
    // Values that are computed are named by their number.
    let name = name.hasPrefix("%") ? "_\(name)" : name
    var result = name
    while !taken.insert(result).inserted {
      let number = (copies[name] ?? 1) + 1
      copies[name] = number
      result = "\(name)_\(number)"
    }
    return result
  }
}

extension ValueType {
  /// Creates the type of an input; floating-point inputs are float32.
  fileprivate init(_ input: ONNXValueInfoProto, shape: [Int]?) throws(ONNXRefusal) {
    guard case .tensorType(let proto)? = input.type.value else { throw ONNXRefusal("it is no tensor") }
    guard let type = ElementType(onnx: proto.elemType) else { throw ONNXRefusal("its element type is not supported") }
    let elementType = type.isFloatingPoint ? .float32 : type
    guard proto.hasShape else {
      guard let shape else { throw ONNXRefusal("its number of axes is not known: give its shape") }
      self.init(shape.map { .fixed($0) }, elementType: elementType)
      return
    }
    let dimensions = proto.shape.dim
    if let shape, shape.count != dimensions.count {
      throw ONNXRefusal("it has \(dimensions.count) axes, not \(shape.count)")
    }
    var lengths: [Dimension] = []
    for (axis, dimension) in dimensions.enumerated() {
      switch dimension.value {
      case .dimValue(let length) where (0...1 << 32).contains(length):
        if let shape, shape[axis] != Int(length) {
          throw ONNXRefusal("axis \(axis) has the length \(length), not \(shape[axis])")
        }
        lengths.append(.fixed(Int(length)))
      case .dimValue(let length): throw ONNXRefusal("axis \(axis) has the length \(length)")
      case .dimParam(let name) where !name.isEmpty:
        lengths.append(shape.map { .fixed($0[axis]) } ?? .symbolic(name.printable.replacing("?", with: "_")))
      default: lengths.append(shape.map { .fixed($0[axis]) } ?? .symbolic("\(input.name.printable)_\(axis)"))
      }
    }
    self.init(lengths, elementType: elementType)
  }
}
