import Graph
import Runtime
import Tensors

/// Runs a program on clips and shows what is inside: the values at calibration points.
struct ValueReader {
  /// Values that are exposed at a time; those of a large network do not all fit the memory.
  private static let bytesAtATime = 256 << 20

  private let graph: Graph
  private let parts: [(points: [CalibrationPoint], exposed: [Graph.ValueID], session: Session)]

  /// A reader for clips of some shapes.
  ///
  /// - Throws: `GraphError` if the program does not take them, `RuntimeError` if this machine cannot run it.
  init(_ program: ModelProgram, points: [CalibrationPoint], inputShapes: [[Int]]) throws {
    let graph = program.graph
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
      try Session(Plan(graph.exposing(outputs), weights: program.weights, inputShapes: inputShapes))
    }
    self.graph = graph
    self.parts = try parts.map {
      ($0.points, $0.exposed, try session($0.exposed.isEmpty ? graph.outputs : $0.exposed))
    }
  }

  /// Calls `body` with the tensor of each point.
  func read(_ clip: Calibration.Clip, _ body: (CalibrationPoint, Tensor) throws -> Void) throws {
    for part in parts {
      var values = Dictionary(uniqueKeysWithValues: zip(graph.inputs, clip.inputs))
      let results = try part.session.run(clip.inputs)
      for (id, tensor) in zip(part.exposed, results) { values[id] = tensor }
      for point in part.points { try body(point, point.tensor(point.sources.compactMap { values[$0] })) }
    }
  }
}
