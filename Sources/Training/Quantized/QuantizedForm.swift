import Quantization
import Passes
import IR
import Tensors

extension QuantizationTable {
  /// Returns the form in which an int8 network is trained: plain operations with gradients, on integers held as
  /// float32, whose results are bit for bit those of the int8 network.
  ///
  /// In place of
  /// ```
  /// y = pointwise(x, w, b) {activation: relu}
  /// ```
  /// there are
  /// ```
  /// weight, scales, bias = round_layer(w, b) {inputScale: …}
  /// sums = convolution(x, weight, bias)
  /// y = requantize(sums, scales) {activation: relu, …}
  /// ```
  /// Parameters keep their paths; they are real numbers, as `integerWeights(_:for:)` takes them. Sums of bytes are
  /// exact in float32 up to 2²⁴: 520 products of the largest bytes, and far more of usual ones.
  ///
  /// - Parameters:
  ///   - graph: The graph in deployable form, to which the table belongs.
  ///   - weights: Its parameters, float32, by path.
  public func trainingForm(of graph: Graph, weights: [String: Tensor]) throws(GraphError) -> Graph {
    var form = QuantizedForm(try ModelProgram(graph, weights: weights), self, try points(in: graph))
    return try form.graph()
  }
}

extension QuantizedModel {
  /// Returns the weights that training of an int8 model starts from: those before rounding, and biases with their
  /// corrections.
  ///
  /// - Throws: `GraphError` if the parts do not fit together.
  public func weightsToTrain() throws(GraphError) -> [String: Tensor] {
    let graph = model.graph
    let rounded = try model.floatWeights()
    var result = deployed.program.weights
    for (parameter, _) in try model.quantization?.points(in: graph).biases ?? [] {
      let path = graph[parameter].name
      result[path] = rounded[path]
    }
    return result
  }
}

/// An operation with an integer form, or one that only the transmuter adds, with the form in which it is trained.
protocol TrainedInIntegers: Operation {
  /// Adds plain operations with gradients that compute a node's results bit for bit.
  func addTrainingForm(of node: Graph.Node, to form: inout QuantizedForm) throws(GraphError)
}

/// Rewrites a graph in deployable form, node by node.
struct QuantizedForm {
  typealias Value = GraphRewriter.Value

  private var rewriter: GraphRewriter
  let source: Graph
  let table: QuantizationTable
  private let points: QuantizationPoints
  let roundedWeights: Set<Graph.ValueID>
  /// The node that is being rewritten.
  private var index: Int?
  /// What stands for values: real numbers, or integers minus their zero point.
  private var reals: [Graph.ValueID: Value] = [:]
  var steps: [Graph.ValueID: Value] = [:]

  init(_ program: ModelProgram, _ table: QuantizationTable, _ points: QuantizationPoints) {
    rewriter = GraphRewriter(program)
    source = program.graph
    self.table = table
    self.points = points
    roundedWeights = Set(points.weights.map(\.parameter))
  }

  mutating func graph() throws(GraphError) -> Graph {
    for id in source.inputs { try define(id, real: rewriter.value(for: id)) }
    for index in source.nodes.indices {
      self.index = index
      try rewrite(source.nodes[index])
    }
    for id in source.outputs { rewriter.replace(id, by: try real(id)) }
    return try rewriter.finish().graph
  }

  // MARK: - Values

  mutating func add(_ operation: any Operation, _ inputs: [Value]) throws(GraphError) -> Value {
    try rewriter.add(operation, inputs: inputs, standingFor: index.map { [$0] } ?? [])[0]
  }

  /// Returns how a value is quantized; nil if it is not.
  private func form(_ id: Graph.ValueID) -> QuantizationTable.Form? { table.values[source[id].name] }

  /// Keeps a value that was computed in real numbers; it becomes bytes for all its users, if the table says so.
  mutating func define(_ id: Graph.ValueID, real value: Value) throws(GraphError) {
    guard let form = form(id) else { return reals[id] = value }
    steps[id] = try add(Operations.Requantize(result: .init(form)), [value])
  }

  /// Returns a value as real numbers.
  mutating func real(_ id: Graph.ValueID) throws(GraphError) -> Value {
    if let value = reals[id] { return value }
    guard let steps = steps[id], let form = form(id) else { return try rewriter.value(for: id) }
    let value = try add(Operations.Requantize(inputScale: form.scale), [steps])
    reals[id] = value
    return value
  }

  /// Returns a value as integers, with the real number that a step stands for.
  func whole(_ id: Graph.ValueID) throws(GraphError) -> (value: Value, scale: Float) {
    guard let value = steps[id], let form = form(id) else {
      throw .malformed("\(source[id].name) is taken as integers and is none")
    }
    return (value, form.scale)
  }

  // MARK: - Operations

  private mutating func rewrite(_ node: Graph.Node) throws(GraphError) {
    // What only the transmuter adds has no gradient rule of its own.
    let isDecomposed = isInteger || !(node.operation is any Differentiable)
    if isDecomposed, let operation = node.operation as? any TrainedInIntegers {
      return try operation.addTrainingForm(of: node, to: &self)
    }
    guard !isInteger else {
      throw .operation(
        node.operation.name, scope: node.scope, inputs: node.inputs.map { source.type($0) },
        reason: "it can't be trained in integers")
    }
    var inputs: [Value] = []
    for id in node.inputs { inputs.append(try real(id)) }
    let results = try rewriter.add(node.operation, inputs: inputs, standingFor: index.map { [$0] } ?? [])
    for (id, value) in zip(node.results, results) { try define(id, real: value) }
  }

  var isInteger: Bool { index.map { points.nodes.contains($0) } ?? false }

  func shape(_ id: Graph.ValueID) -> [Int] { source.type(id).fixedShape ?? [] }

  /// Returns what a layer without a prologue multiplies; real numbers have no scale.
  mutating func input(_ node: Graph.Node) throws(GraphError) -> (value: Value, scale: Float) {
    isInteger ? try whole(node.inputs[0]) : (try real(node.inputs[0]), 1)
  }

  /// Adds a layer with weights: the sums, and their requantization; `axis` is that of the output channels.
  mutating func addLayer(
    _ node: Graph.Node, _ input: (value: Value, scale: Float), _ operation: any Operation, weightShape: [Int],
    activation: ActivationFunction?, residual: Graph.ValueID? = nil, axis: Int = 1
  ) throws(GraphError) {
    var parameters: [Value] = []
    for id in node.inputs.dropFirst().prefix(2) { parameters.append(try real(id)) }
    var scales: Value?
    if isInteger, let index {
      let rounded = try rewriter.add(
        Operations.RoundLayer(inputScale: input.scale), inputs: parameters, standingFor: [index])
      scales = rounded[1]
      parameters = [rounded[0]] + rounded.dropFirst(2)
    }
    if weightShape != shape(node.inputs[1]) {
      parameters[0] = try add(Operations.Reshape(weightShape), [parameters[0]])
    }
    let sums = try add(operation, [input.value] + parameters)
    guard let scales else {
      let total = try residual.map { (id) throws(GraphError) in
        try add(Operations.Binary(.add), [sums, real(id)])
      }
      return try define(node.results[0], real: activated(total ?? sums, activation))
    }
    let other = try residual.map { (id) throws(GraphError) in try whole(id) }
    try requantize(
      node.results[0], [sums, scales] + [other?.value].compactMap { $0 }, inputScale: input.scale, hasScales: true,
      residualScale: other?.scale, activation: activation,
      axis: axis)
  }

  /// Defines a value by exact sums.
  mutating func requantize(
    _ id: Graph.ValueID, _ inputs: [Value], inputScale: Float, hasScales: Bool = false, residualScale: Float? = nil,
    activation: ActivationFunction? = nil, axis: Int = 1
  ) throws(GraphError) {
    let value = try requantized(
      inputs, inputScale: inputScale, hasScales: hasScales, residualScale: residualScale, activation: activation,
      axis: axis, as: id)
    if form(id) == nil { reals[id] = value } else { steps[id] = value }
  }

  /// Returns exact sums in the steps of a value, without defining it.
  mutating func requantized(
    _ inputs: [Value], inputScale: Float, hasScales: Bool = false, residualScale: Float? = nil,
    activation: ActivationFunction? = nil, axis: Int = 1, as id: Graph.ValueID
  ) throws(GraphError) -> Value {
    try add(
      Operations.Requantize(
        inputScale: inputScale, hasScales: hasScales, residualScale: residualScale, activation: activation,
        result: form(id).map { Operations.Requantize.Steps($0) }, axis: axis), inputs)
  }

  mutating func activated(_ x: Value, _ activation: ActivationFunction?) throws(GraphError) -> Value {
    try activation.map { (function) throws(GraphError) in try add(Operations.Activation(function), [x]) } ?? x
  }

  /// Defines a value as the mean of another one over all positions.
  mutating func addMean(
    _ id: Graph.ValueID, of source: Graph.ValueID, keepsAxes: Bool
  ) throws(GraphError) {
    guard isInteger else {
      let axes = Array(2..<self.source.type(source).rank)
      return try define(id, real: add(Operations.Mean(axes: axes, keepsAxes: keepsAxes), [real(source)]))
    }
    let x = try whole(source)
    let mean = try add(Operations.ExactMean(scale: x.scale), [x.value])
    try define(id, real: keepsAxes ? mean : add(Operations.Reshape([0, 0]), [mean]))
  }
}
