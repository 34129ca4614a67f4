import IR
import CPU
import Tensors

/// A program with the integers of its values and weights.
struct QuantizedProgram {
  let program: ModelProgram
  let table: QuantizationTable
  /// Which of its nodes and values are in integers, according to the table.
  let points: QuantizationPoints
  /// The weights that `QuantizationTable.tensorTypes(for:)` lists.
  let weights: [String: Tensor]

  /// Creates a program by rounding the weights of another one.
  ///
  /// - Parameters:
  ///   - program: The program in floating point.
  ///   - table: How its values are quantized.
  ///   - points: Which of its nodes and values are in integers.
  ///   - shaped: The program's graph with known shapes.
  ///   - range: The range of the integers of weights.
  ///   - means: The channel means of each weighted node's input, by the name of its result, for bias correction; empty
  ///     for none.
  /// - Throws: ``QuantizationError/weight(parameter:value:)`` for NaN or infinity.
  init(
    _ program: ModelProgram, _ table: QuantizationTable, _ points: QuantizationPoints, shaped: Graph,
    range: WeightRange = .full, means: [String: ChannelMeans]
  ) throws {
    let graph = program.graph
    let biases = Dictionary(uniqueKeysWithValues: points.biases.map { ($0.node, $0.parameter) })
    var weights = program.weights
    let masks = graph.masks
    for (path, tensor) in weights where tensor.elementType == .float32 {
      if tensor.holdsNotFinite(isMask: masks.contains(path)) {
        let value = tensor.elements(as: Float.self).first { !$0.isFinite } ?? .nan
        throw QuantizationError.weight(parameter: path, value: value)
      }
    }
    for (parameter, node) in points.weights {
      let path = graph[parameter].name
      guard let weight = program.weights[path] else { continue }
      let biasPath = biases[node].map { graph[$0].name }
      let bias = biasPath.flatMap { program.weights[$0] }?.elements(as: Float.self).map { Double($0) }
      let scale = table.inputScale(of: node, points, graph)
      var layer = LayerWeights(weight, bias: bias, inputScale: scale, range: range)
      if let bias, let means = means[graph.resultName(node)], let form = points.form(of: node)?.layer {
        let shape = shaped.type(graph.nodes[node].inputs[0]).fixedShape ?? []
        let terms = BiasCorrection(form, inputShape: shape).terms(weight: weight.rows, quantized: layer.real, means)
        layer = LayerWeights(weight, bias: zip(bias, terms).map { $0 + $1 }, inputScale: scale, range: range)
      }
      weights[path] = layer.weight
      weights[QuantizationTable.scalePath(path)] = layer.scales
      if let biasPath, let bias = layer.bias { weights[biasPath] = bias }
    }
    self.program = program
    self.table = table
    self.points = points
    self.weights = weights
  }

  /// Returns the plan for inputs of some shapes.
  ///
  /// - Throws: `RuntimeError` if this machine cannot run it.
  func plan(_ inputShapes: [[Int]]) throws -> Plan {
    try Plan(program.graph, weights: weights, inputShapes: inputShapes, precision: .int8, quantization: table)
  }
}

extension QuantizationTable {
  /// Returns floating-point weights as the integers that belong to this table.
  ///
  /// - Parameters:
  ///   - weights: By path, float32.
  ///   - graph: The graph in deployable form.
  /// - Returns: The tensors that `QuantizationTable.tensorTypes(for:)` lists.
  /// - Throws: ``QuantizationError/weight(parameter:value:)`` for NaN or infinity, `GraphError` if the parts do not fit together.
  public func integerWeights(_ weights: [String: Tensor], for graph: Graph) throws -> [String: Tensor] {
    let program = try ModelProgram(graph, weights: weights)
    return try QuantizedProgram(program, self, points(in: graph), shaped: graph, means: [:]).weights
  }

  /// Returns the table of a graph with fewer nodes in integers.
  func restricted(to points: QuantizationPoints, in graph: Graph, floats: Set<String>) -> QuantizationTable {
    let names = Set(points.values.map { graph[$0.id].name })
    let nodes = Set(points.prologues.map { graph.resultName($0) })
    return QuantizationTable(
      values: values.filter { names.contains($0.key) }, prologues: prologues.filter { nodes.contains($0.key) },
      floats: floats)
  }
}
