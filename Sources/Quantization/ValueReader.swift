import IR
import CPU
import Tensors

/// Runs a program on clips and reads its intermediate values at calibration points.
struct ValueReader {
  /// The size in bytes of the values that are read at a time; those of a large network do not all fit the memory.
  private static let bytesAtATime = 256 << 20

  private let graph: Graph
  private let quantization: QuantizationTable?
  private let parts: [(points: [CalibrationPoint], exposed: [Graph.ValueID], session: Session)]

  /// Creates a reader of a program in floating point for clips of some shapes.
  ///
  /// - Throws: `GraphError` if the program does not take them, `RuntimeError` if this machine cannot run it.
  init(_ program: ModelProgram, points: [CalibrationPoint], inputShapes: [[Int]]) throws {
    try self.init(program.graph, weights: program.weights, quantization: nil, points: points, inputShapes: inputShapes)
  }

  /// Creates a reader of a program in integers, which returns the real numbers that they represent.
  init(_ model: QuantizedProgram, points: [CalibrationPoint], inputShapes: [[Int]]) throws {
    try self.init(
      model.program.graph, weights: model.weights, quantization: model.table, points: points, inputShapes: inputShapes)
  }

  private init(
    _ graph: Graph, weights: [String: Tensor], quantization: QuantizationTable?, points: [CalibrationPoint],
    inputShapes: [[Int]]
  ) throws {
    let shaped = try graph.specialized(to: inputShapes)
    let inputs = Set(graph.inputs)
    var parts: [(points: [CalibrationPoint], exposed: [Graph.ValueID])] = []
    var bytes = 0
    for point in points {
      let size = point.sources.reduce(0) { $0 + (shaped.type($1).fixedShape ?? []).reduce(4, *) }
      if parts.isEmpty || bytes + size > Self.bytesAtATime {
        parts.append(([], []))
        bytes = 0
      }
      bytes += size
      parts[parts.count - 1].points.append(point)
      for id in point.sources where !inputs.contains(id) && !parts[parts.count - 1].exposed.contains(id) {
        parts[parts.count - 1].exposed.append(id)
      }
    }
    let session = { (outputs: [Graph.ValueID]) in
      try Session(
        Plan(graph.exposing(outputs), weights: weights, inputShapes: inputShapes, quantization: quantization))
    }
    self.graph = graph
    self.quantization = quantization
    self.parts = try parts.map {
      ($0.points, $0.exposed, try session($0.exposed.isEmpty ? graph.outputs : $0.exposed))
    }
  }

  /// Forgets the states of earlier runs.
  func reset() { for part in parts { part.session.reset() } }

  /// Calls `body` with the tensor of each point in each run of a clip.
  func read(_ runs: [[Tensor]], _ body: (CalibrationPoint, Tensor) throws -> Void) throws {
    reset()
    for inputs in runs { try read(inputs, body) }
  }

  /// Calls `body` with the tensor of each point in a run.
  func read(_ inputs: [Tensor], _ body: (CalibrationPoint, Tensor) throws -> Void) throws {
    for part in parts {
      var values = Dictionary(uniqueKeysWithValues: zip(graph.inputs, inputs.indices.map { input($0, inputs) }))
      let results = try part.session.run(inputs)
      for (id, tensor) in zip(part.exposed, results) { values[id] = tensor }
      for point in part.points { try body(point, point.tensor(point.sources.compactMap { values[$0] })) }
    }
  }

  /// Returns an input as the network sees it.
  private func input(_ index: Int, _ inputs: [Tensor]) -> Tensor {
    guard case .byte(let form) = quantization?.values[graph[graph.inputs[index]].name] else { return inputs[index] }
    let values = inputs[index].elements(as: Float.self).map {
      Reference.Quantized.dequantize(Reference.Quantized.quantize($0, form), form)
    }
    return Tensor(values, shape: inputs[index].shape)
  }
}
