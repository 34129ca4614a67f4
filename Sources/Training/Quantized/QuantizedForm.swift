import Deployment
import IR
import Tensors

extension QuantizationTable {
  /// The form in which a network in integers is trained: plain operations with gradients, on whole numbers that are floats, whose
  /// results are those of the integers to the last bit.
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
  /// Parameters keep their paths; they are real numbers, as `integerWeights(_:for:)` takes them. Sums of bytes are exact in float32 up to
  /// 2²⁴: 520 products of the largest bytes there are, and far more of usual ones.
  ///
  /// - Parameters:
  ///   - graph: In deployable form, as the table has it.
  ///   - weights: Its parameters, float32, by path.
  /// - Throws: `GraphError` if the parts do not fit together.
  public func trainingForm(of graph: Graph, weights: [String: Tensor]) throws(GraphError) -> Graph {
    var form = QuantizedForm(try ModelProgram(graph, weights: weights), self, try points(in: graph))
    return try form.graph()
  }
}

extension DeployedModel {
  /// What training of a model in integers begins with: the weights before they were rounded, and biases with their corrections.
  ///
  /// - Throws: `GraphError` if the parts do not fit together.
  public func weightsToTrain() throws(GraphError) -> [String: Tensor] {
    guard let table = quantization?.table else { return program.weights }
    let rounded = try table.floatWeights(weights, for: graph)
    var result = program.weights
    for (parameter, _) in try table.points(in: graph).biases {
      let path = graph[parameter].name
      result[path] = rounded[path]
    }
    return result
  }
}

/// The rewrite of a graph in deployable form, node by node.
private struct QuantizedForm {
  private typealias Value = GraphRewriter.Value

  private var rewriter: GraphRewriter
  private let source: Graph
  private let table: QuantizationTable
  private let points: QuantizationPoints
  private let roundedWeights: Set<Graph.ValueID>
  /// The node that is being rewritten.
  private var index: Int?
  /// What stands for values: real numbers, or whole numbers less their zero point.
  private var reals: [Graph.ValueID: Value] = [:]
  private var steps: [Graph.ValueID: Value] = [:]

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

  private mutating func add(_ operation: any Operation, _ inputs: [Value]) throws(GraphError) -> Value {
    try rewriter.add(operation, inputs: inputs, standingFor: index.map { [$0] } ?? [])[0]
  }

  /// How a value is integers; nil if it is not.
  private func form(_ id: Graph.ValueID) -> QuantizationTable.Form? { table.values[source[id].name] }

  /// Keeps a value that was computed in real numbers: it is bytes for all that take it, if the table says so.
  private mutating func define(_ id: Graph.ValueID, real value: Value) throws(GraphError) {
    guard let form = form(id) else { return reals[id] = value }
    steps[id] = try add(Operations.Requantize(result: .init(form)), [value])
  }

  /// A value as real numbers.
  private mutating func real(_ id: Graph.ValueID) throws(GraphError) -> Value {
    if let value = reals[id] { return value }
    guard let steps = steps[id], let form = form(id) else { return try rewriter.value(for: id) }
    let value = try add(Operations.Requantize(inputScale: form.scale), [steps])
    reals[id] = value
    return value
  }

  /// A value as whole numbers, with what a step stands for.
  private func whole(_ id: Graph.ValueID) throws(GraphError) -> (value: Value, scale: Float) {
    guard let value = steps[id], let form = form(id) else {
      throw .malformed("\(source[id].name) is taken as integers and is none")
    }
    return (value, form.scale)
  }

  // MARK: - Operations

  private mutating func rewrite(_ node: Graph.Node) throws(GraphError) {
    switch node.operation {
    case let operation as Operations.Pointwise:
      let ones = operation.stride.map { _ in 1 }
      try addLayer(
        node, try multiplied(operation, node),
        Operations.Convolution(window: Window(kernel: ones, stride: operation.stride)),
        weightShape: shape(node.inputs[1]) + ones, activation: operation.activation,
        residual: operation.hasResidual ? node.inputs.last : nil)
    case let operation as Operations.Depthwise:
      let channels = shape(node.inputs[2])[0]
      try addLayer(
        node, try input(node), Operations.Convolution(window: operation.window, groups: channels),
        weightShape: [channels, 1] + operation.window.kernel, activation: operation.activation)
      if operation.emitsMean { try addMean(node.results[1], of: node.results[0], keepsAxes: true) }
    case let operation as Operations.FusedConvolution:
      try addLayer(
        node, try input(node), Operations.Convolution(window: operation.window, groups: operation.groups),
        weightShape: shape(node.inputs[1]), activation: operation.activation,
        residual: operation.hasResidual ? node.inputs[3] : nil)
    case is Operations.Linear where isInteger:
      try addLayer(node, try input(node), Operations.Linear(), weightShape: shape(node.inputs[1]), activation: nil)
    case let operation as Operations.SqueezeExcite: try addSqueezeExcite(operation, node)
    case let operation as Operations.Mean where isInteger:
      try addMean(node.results[0], of: node.inputs[0], keepsAxes: operation.keepsAxes)
    case is Operations.Binary where isInteger:
      let (a, b) = (try whole(node.inputs[0]), try whole(node.inputs[1]))
      try requantize(node.results[0], [a.value, b.value], inputScale: a.scale, residualScale: b.scale)
    case is Operations.Pool where isInteger, is Operations.AdaptivePool where isInteger:
      let x = try whole(node.inputs[0])
      let pooled = try add(node.operation, [x.value])
      if index.flatMap({ points.form(of: $0) })?.result == .bytesOfInput {
        steps[node.results[0]] = pooled
      } else {
        try requantize(node.results[0], [pooled], inputScale: x.scale)
      }
    default:
      var inputs: [Value] = []
      for id in node.inputs { inputs.append(try real(id)) }
      let results = try rewriter.add(node.operation, inputs: inputs, standingFor: index.map { [$0] } ?? [])
      for (id, value) in zip(node.results, results) { try define(id, real: value) }
    }
  }

  private var isInteger: Bool { index.map { points.nodes.contains($0) } ?? false }

  private func shape(_ id: Graph.ValueID) -> [Int] { source.type(id).fixedShape ?? [] }

  /// What a layer without a prologue multiplies; real numbers have no scale.
  private mutating func input(_ node: Graph.Node) throws(GraphError) -> (value: Value, scale: Float) {
    isInteger ? try whole(node.inputs[0]) : (try real(node.inputs[0]), 1)
  }

  /// What a pointwise convolution multiplies: its input, or what its prologue makes of it.
  private mutating func multiplied(
    _ operation: Operations.Pointwise, _ node: Graph.Node
  ) throws(GraphError) -> (value: Value, scale: Float) {
    guard operation.hasScale || operation.prologueActivation != nil else { return try input(node) }
    guard isInteger else {
      var x = try real(node.inputs[0])
      if operation.hasScale { x = try add(Operations.Binary(.multiply), [x, real(node.inputs[3])]) }
      return (try activated(x, operation.prologueActivation), 1)
    }
    guard let target = index.flatMap({ table.prologues[source.resultName($0)] }) else {
      throw .malformed("the quantisation of what \(source[node.results[0]].name) multiplies is missing")
    }
    var x: Value
    if operation.hasScale {
      // First the word's scale times the channel's, as the int8 kernels do it.
      let words = try whole(node.inputs[0])
      let factors = try add(Operations.Requantize(inputScale: words.scale), [real(node.inputs[3])])
      x = try add(Operations.Binary(.multiply), [words.value, factors])
    } else {
      x = try real(node.inputs[0])
    }
    x = try add(Operations.Requantize(activation: operation.prologueActivation, result: .init(.byte(target))), [x])
    return (x, target.scale)
  }

  /// Adds a layer with weights: the sums, and what becomes of them.
  private mutating func addLayer(
    _ node: Graph.Node, _ input: (value: Value, scale: Float), _ operation: any Operation, weightShape: [Int],
    activation: ActivationFunction?, residual: Graph.ValueID? = nil
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
      axis: operation is Operations.Linear ? source.type(node.results[0]).rank - 1 : 1)
  }

  /// Defines a value by exact sums.
  private mutating func requantize(
    _ id: Graph.ValueID, _ inputs: [Value], inputScale: Float, hasScales: Bool = false, residualScale: Float? = nil,
    activation: ActivationFunction? = nil, axis: Int = 1
  ) throws(GraphError) {
    let result = form(id).map { Operations.Requantize.Steps($0) }
    let value = try add(
      Operations.Requantize(
        inputScale: inputScale, hasScales: hasScales, residualScale: residualScale, activation: activation,
        result: result, axis: axis), inputs)
    if result == nil { reals[id] = value } else { steps[id] = value }
  }

  private mutating func activated(_ x: Value, _ activation: ActivationFunction?) throws(GraphError) -> Value {
    try activation.map { (function) throws(GraphError) in try add(Operations.Activation(function), [x]) } ?? x
  }

  /// Defines a value as the mean of another one over all positions.
  private mutating func addMean(
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

  private mutating func addSqueezeExcite(
    _ operation: Operations.SqueezeExcite, _ node: Graph.Node
  ) throws(GraphError) {
    var inputs: [Value] = []
    for id in node.inputs {
      let value = try real(id)
      inputs.append(roundedWeights.contains(id) ? try add(Operations.FakeQuantize(), [value]) : value)
    }
    try define(node.results[0], real: add(Operations.ExactSqueezeExcite(activation: operation.activation), inputs))
  }
}
