import IR
import Tensors

/// Writes a graph as ONNX nodes, operation by operation.
///
/// Inputs and parameters keep their names, unless a name occurs twice. Other values are named after their node: the
/// path of the layer, the value's name in the graph and the operator, `blocks.0.conv.conv_t/%7/Conv`.
final class ONNXExporter {
  let graph: Graph
  let builder: ONNXBuilder
  private let weights: [String: Tensor]
  private let table: QuantizationTable?
  private let points: QuantizationPoints?
  private var names: [Graph.ValueID: String] = [:]
  /// The inputs of each DequantizeLinear, the integers first, by the name of its result.
  private(set) var integers: [String: [String]] = [:]
  /// The output to pass back as the input in the next run, and the initial value of the elements, by the name of each
  /// state.
  private(set) var states = JSONObject()
  private let links: GraphLinks
  private let parameters: Set<Graph.ValueID>
  private let biasNodes: [Graph.ValueID: Int]
  private let quantizedWeights: Set<Graph.ValueID>

  /// Creates an exporter of a graph, whose floating-point values are float32, or float16 inside: inputs and outputs
  /// stay float32.
  init(
    _ graph: Graph, weights: [String: Tensor], table: QuantizationTable?, isHalf: Bool, operatorSet: Int
  ) throws(GraphError) {
    builder = ONNXBuilder(isHalf: isHalf, operatorSet: operatorSet)
    self.graph = graph
    self.weights = weights
    self.table = table
    let points = try table?.points(in: graph)
    self.points = points
    links = GraphLinks(graph)
    parameters = Set(graph.parameters.map(\.value))
    biasNodes = Dictionary(uniqueKeysWithValues: (points?.biases ?? []).map { ($0.parameter, $0.node) })
    quantizedWeights = Set((points?.weights ?? []).map(\.parameter))
  }

  /// Returns the whole graph; states are inputs, and outputs after all others.
  ///
  /// - Throws: ``ONNXError/operation(_:scope:)`` for an operation without a row.
  func exported() throws(ONNXError) -> ONNXGraphProto {
    let given = graph.inputs + graph.states.map(\.value)
    for id in given { builder.addInput(builder.unique(graph[id].name), graph.type(id)) }
    var outputs = graph.outputs.map { (value: $0, name: builder.unique("output")) }
    for state in graph.states {
      let (name, next) = (graph[state.value].name, builder.unique("\(graph[state.value].name)_next"))
      outputs.append((state.next, next))
      states[name] = ["next": .string(next), "initial": JSON(finiteOrInfinite: state.initial)]
    }
    for id in given {
      let (name, type) = (graph[id].name, graph.type(id).elementType)
      define(id, builder.cast(name, type, to: builder.inner(type), at: name), at: name)
    }
    for (index, node) in graph.nodes.enumerated() {
      guard let operation = node.operation as? any ONNXOperation else {
        throw .operation(node.operation.name, scope: node.scope)
      }
      let onnx = ONNXNode(exporter: self, index: index)
      for (id, name) in zip(node.results, operation.export(to: onnx)) where names[id] == nil {
        define(id, name, at: onnx.place(of: id))
      }
      for id in node.results { builder.describe(name(of: id), graph.type(id)) }
    }
    for (id, name) in outputs {
      builder.addOutput(name, graph.type(id), value: self.name(of: id))
    }
    return builder.proto
  }

  /// Returns the name of a value; a parameter is written when it is first needed.
  func name(of id: Graph.ValueID) -> String {
    if let name = names[id] { return name }
    let name = parameter(id, shape: graph.type(id).fixedShape ?? [])
    names[id] = name
    return name
  }

  /// Returns a value with another shape: a parameter that nothing else uses is written with that shape.
  func name(of id: Graph.ValueID, reshapedTo shape: [Int], at place: String) -> String {
    if parameters.contains(id), links.useCount(of: id) == 1 { return parameter(id, shape: shape) }
    let target = builder.constant(Tensor(shape.map { Int64($0) }, shape: [shape.count]), as: "\(place)/shape")
    return builder.node("Reshape", [name(of: id), target], at: place)
  }

  /// Defines a value; quantized and dequantized if the table says so.
  func define(_ id: Graph.ValueID, _ name: String, at place: String) {
    guard let form = table?.values[graph[id].name] else { return names[id] = name }
    names[id] = quantized(name, form, at: place)
  }

  /// Returns whether a node computes in integers.
  func runsInIntegers(_ node: Int) -> Bool { points?.nodes.contains(node) ?? false }

  /// Returns what a node multiplies: the bytes of its prologue, if it has one.
  func multiplied(_ name: String, by node: Int, at place: String) -> String {
    guard let quantization = table?.prologues[graph.resultName(node)] else { return name }
    return quantized(name, .byte(quantization), at: "\(place)/prologue")
  }

  private func quantized(_ name: String, _ form: QuantizationTable.Form, at place: String) -> String {
    let zero: Tensor =
      switch form {
      case .byte(let quantization): Tensor([quantization.zeroPoint], shape: [])
      case .word: Tensor([Int16(0)], shape: [])
      }
    let parts = [
      builder.constant(Tensor([form.scale], shape: []), as: "\(place)/scale"),
      builder.constant(zero, as: "\(place)/zero_point"),
    ]
    return dequantized([builder.node("QuantizeLinear", [name] + parts, at: place)] + parts, at: place)
  }

  /// Returns dequantized integers; the inputs are the integers, scale and zero point.
  func dequantized(_ inputs: [String], at place: String) -> String {
    let real = builder.node("DequantizeLinear", inputs, at: place)
    integers[real] = inputs
    return real
  }

  /// Returns a parameter as a constant: of floating-point numbers, or of integers with a scale for each output channel.
  private func parameter(_ id: Graph.ValueID, shape: [Int]) -> String {
    let path = graph[id].name
    guard let tensor = weights[path]?.reshaped(to: shape) else {
      preconditionFailure("the graph's check finds a tensor for \(path)")
    }
    guard let scales = scales(of: id) else {
      return builder.constant(tensor, as: path)
    }
    // Zero points could be left out, but not before an optimization of ONNX Runtime 1.32 that then adds one of a wrong shape.
    let parts = [
      builder.constant(tensor, as: path),
      builder.constant(Tensor(scales, shape: [scales.count]), as: QuantizationTable.scalePath(path)),
      builder.constant(Tensor(zeros: [scales.count], elementType: tensor.elementType), as: "\(path).zero_point"),
    ]
    return builder.node("DequantizeLinear", parts, ["axis": .int(0)], at: path)
  }

  /// Returns the scales of a parameter's integers, by output channel; nil if it is floating point.
  private func scales(of id: Graph.ValueID) -> [Float]? {
    guard let table, let points else { return nil }
    let stored = { (id: Graph.ValueID) in
      self.weights[QuantizationTable.scalePath(self.graph[id].name)]?.elements(as: Float.self)
    }
    if quantizedWeights.contains(id) { return stored(id) }
    guard let node = biasNodes[id], let weight = points.form(of: node)?.layer?.weight else { return nil }
    let input = table.inputScale(of: node, points, graph)
    return stored(weight)?.map { input * $0 }
  }
}
