import IR
import CPU
import Tensors

/// The steps of quantizing one network with some clips.
struct QuantizationRun {
  /// The number of clips for channel means, which need fewer clips than extremes.
  private static let clipsForMeans = 8

  let original: ModelProgram
  let quantizer: Quantizer
  private let calibration: Calibration
  let progress: (Quantizer.Progress) throws -> Void
  /// The shapes of a run's inputs.
  let shapes: [[Int]]
  private let runs: ClipRuns
  /// The original's graph with known shapes.
  let shaped: Graph
  private let places: [CalibrationPoint]
  let points: QuantizationPoints

  /// Checks the program and the clips.
  init(
    _ quantizer: Quantizer, _ program: ModelProgram, _ calibration: Calibration,
    _ progress: @escaping (Quantizer.Progress) throws -> Void
  ) throws {
    guard let first = calibration.clips.first else { throw QuantizationError.noClips }
    let clipShapes = first.inputs.map(\.shape)
    for clip in calibration.clips where clip.inputs.map(\.shape) != clipShapes {
      throw QuantizationError.shape(clip: clip.name, expected: clipShapes, found: clip.inputs.map(\.shape))
    }
    runs = ClipRuns(program.graph)
    shapes = runs.shapes(ofClips: clipShapes)
    for input in program.graph.inputTypes where input.type.elementType != .float32 {
      throw QuantizationError.elementType(input: input.name, input.type.elementType)
    }
    for clip in calibration.clips { try Self.checkElements(of: clip, program.graph) }
    guard !clipShapes.contains(where: { $0.contains(0) }) else { throw QuantizationError.noClips }
    points = QuantizationPoints(program.graph, keepingFloats: quantizer.floats)
    guard !points.nodes.isEmpty else { throw QuantizationError.nothingToQuantize }
    places = CalibrationPoint.all(points, in: program.graph)
    shaped = try program.graph.specialized(to: shapes)
    original = program
    self.quantizer = quantizer
    self.calibration = calibration
    self.progress = progress
  }

  /// Checks clips to compare on before time is spent: their shapes, and that all numbers are finite.
  ///
  /// - Throws: ``QuantizationError`` that names the clip.
  func check(_ clips: [Calibration.Clip]) throws(QuantizationError) {
    for clip in clips {
      let (expected, found) = (calibration.clips[0].inputs.map(\.shape), clip.inputs.map(\.shape))
      guard found == expected else { throw .shape(clip: clip.name, expected: expected, found: found) }
      try Self.checkElements(of: clip, original.graph)
      for (id, tensor) in zip(original.graph.inputs, clip.inputs)
      where !tensor.elements(as: Float.self).allSatisfy(\.isFinite) {
        throw .notFinite(clip: clip.name, layer: "the input \(original.graph[id].name)")
      }
    }
  }

  private static func checkElements(of clip: Calibration.Clip, _ graph: Graph) throws(QuantizationError) {
    for (id, tensor) in zip(graph.inputs, clip.inputs) where tensor.elementType != .float32 {
      throw .elementType(input: "\(graph[id].name) of \(clip.name)", tensor.elementType)
    }
  }

  /// Whether the ranges of channels can be equalized, and may be.
  var mayEqualize: Bool {
    quantizer.equalizes ?? true && !Equalization.pairs(in: original.graph, points).isEmpty
  }

  /// The calibration clips that results are compared on, spread evenly.
  var comparedClips: [Calibration.Clip] {
    let count = min(max(quantizer.comparedClips, 1), calibration.clips.count)
    return (0..<count).map { calibration.clips[$0 * calibration.clips.count / count] }
  }

  /// A form of the program with its calibration statistics.
  struct Candidate {
    let program: ModelProgram
    let reader: ValueReader
    let statistics: CalibrationStatistics
  }

  /// Runs the calibration clips through a form of the program.
  func candidate(_ program: ModelProgram) throws -> Candidate {
    let reader = try ValueReader(program, points: places, inputShapes: shapes)
    var statistics = CalibrationStatistics(places)
    for (index, clip) in calibration.clips.enumerated() {
      try progress(.init(stage: "calibration", done: index, total: calibration.clips.count))
      try reader.read(runs.inputs(of: clip)) { point, tensor in try statistics.add(tensor, at: point, clip: clip.name) }
    }
    return Candidate(program: program, reader: reader, statistics: statistics)
  }

  /// How values of a form of the program are quantized.
  struct Ranges {
    let table: QuantizationTable
    /// The means of the inputs of nodes with a bias, by the name of the node's result; empty without bias correction.
    let means: [String: ChannelMeans]
  }

  /// Returns the ranges of a form of the program, by an observer.
  func ranges(_ candidate: Candidate, _ observer: Observer) throws -> Ranges {
    let table = candidate.statistics.table(
      observer, for: original.graph, points, inputRange: calibration.inputRange, floats: quantizer.floats)
    return Ranges(table: table, means: quantizer.correctsBias ? try means(candidate.reader, table) : [:])
  }

  /// Returns a form of the program in integers.
  func model(_ candidate: Candidate, _ ranges: Ranges) throws -> QuantizedProgram {
    try QuantizedProgram(
      candidate.program, ranges.table, points, shaped: shaped, range: quantizer.weightRange, means: ranges.means)
  }

  /// Returns a form of the program in integers, except for some nodes and those that cannot be in integers without
  /// them.
  ///
  /// - Parameters:
  ///   - candidate: The form of the program.
  ///   - ranges: How its values are quantized.
  ///   - floats: The names of the first results of nodes that stay in floating point.
  func model(
    _ candidate: Candidate, _ ranges: Ranges, keepingFloats floats: Set<String>
  ) throws -> QuantizedProgram {
    let graph = original.graph
    var floats = floats.union(quantizer.floats)
    var rest = QuantizationPoints(graph, keepingFloats: floats)
    // A node that can be in integers only now has no ranges.
    while !rest.nodes.isSubset(of: points.nodes) {
      floats.formUnion(rest.nodes.subtracting(points.nodes).map { graph.resultName($0) })
      rest = QuantizationPoints(graph, keepingFloats: floats)
    }
    return try QuantizedProgram(
      candidate.program, ranges.table.restricted(to: rest, in: graph, floats: floats), rest, shaped: shaped,
      range: quantizer.weightRange, means: ranges.means)
  }

  /// Returns the means of the inputs of all nodes with a bias, by the name of the node's result.
  private func means(_ reader: ValueReader, _ table: QuantizationTable) throws -> [String: ChannelMeans] {
    let graph = original.graph
    var values: [String: ChannelMeans] = [:]
    var result: [String: ChannelMeans] = [:]
    for clip in calibration.clips.prefix(Self.clipsForMeans) {
      try reader.read(runs.inputs(of: clip)) { point, tensor in
        if point.isPrologue, let quantization = table.prologues[point.key] {
          result[point.key, default: ChannelMeans()].add(tensor, quantization)
        } else if case .byte(let quantization) = table.values[point.key] {
          values[point.key, default: ChannelMeans()].add(tensor, quantization)
        }
      }
    }
    for (_, node) in points.biases where table.prologues[graph.resultName(node)] == nil {
      // Channels are axis 1, also of a linear map's input if that has no others.
      let input = graph.nodes[node].inputs[0]
      if graph.nodes[node].operation is Operations.Linear, graph.type(input).rank != 2 { continue }
      result[graph.resultName(node)] = values[graph[input].name]
    }
    return result
  }

  /// Returns the original's results on some clips; if none are given, on the calibration clips that results are
  /// compared on.
  func originalResults(on clips: [Calibration.Clip]? = nil) throws -> [[Float]] {
    try results(
      Plan(original.graph, weights: original.weights, inputShapes: shapes), on: clips ?? comparedClips)
  }

  /// Returns how close the results of an int8 model are to the original's, on calibration clips.
  func fidelity(_ model: QuantizedProgram, to original: [[Float]]) throws -> Fidelity {
    Fidelity(try results(model.plan(shapes), on: comparedClips), original)
  }

  /// Returns the results of a plan, clip by clip; of a network with states, those of a clip's last run.
  func results(_ plan: Plan, on clips: [Calibration.Clip]) throws -> [[Float]] {
    let session = try Session(plan)
    return try clips.enumerated().map { index, clip in
      try progress(.init(stage: "comparison", done: index, total: clips.count))
      session.reset()
      var result: [Float] = []
      for inputs in runs.inputs(of: clip) { result = try session.run(inputs)[0].elements() }
      return result
    }
  }

  /// Returns the SQNR in dB of the values of an int8 model by name, compared with the same program in floating point.
  private func decibels(
    of values: [CalibrationPoint], in model: QuantizedProgram, on clips: [Calibration.Clip]
  ) throws -> [String: Double] {
    let integers = try ValueReader(model, points: values, inputShapes: shapes)
    let reals = try ValueReader(model.program, points: values, inputShapes: shapes)
    var noise: [String: SignalToNoise] = [:]
    for (index, clip) in clips.enumerated() {
      try progress(.init(stage: "values", done: index, total: clips.count))
      integers.reset()
      reals.reset()
      for inputs in runs.inputs(of: clip) {
        var seen: [String: Tensor] = [:]
        try integers.read(inputs) { point, tensor in seen[point.key] = tensor }
        try reals.read(inputs) { point, tensor in
          guard let value = seen[point.key] else { return }
          noise[point.key, default: SignalToNoise()].add(value.elements(), tensor.elements())
        }
      }
    }
    return noise.mapValues(\.decibels)
  }

  /// Returns how the model was quantized, and the accuracy that it costs.
  func report(
    _ model: QuantizedProgram, attempts: QuantizationReport.Attempts, mixed: QuantizationReport.Mixed?,
    latencies: PrecisionLatencies?, others: (clips: [Calibration.Clip], originals: [[Float]])
  ) throws -> QuantizationReport {
    let graph = original.graph
    let places = CalibrationPoint.all(model.points, in: graph).filter { !$0.isPrologue }
    let onCalibration = try decibels(of: places, in: model, on: comparedClips)
    let onOthers = try others.clips.isEmpty ? nil : decibels(of: places, in: model, on: others.clips)
    let values = places.compactMap { place -> QuantizationReport.Value? in
      guard let form = model.table.values[place.key] else { return nil }
      return .init(
        name: place.key, layer: place.layer, form: form, calibrationDecibels: onCalibration[place.key] ?? 0,
        otherDecibels: onOthers?[place.key])
    }
    let kept = Set(mixed?.layers.map(\.value) ?? [])
    let floats = model.points.refusals.sorted { $0.key < $1.key }.compactMap { index, reason in
      let node = graph.nodes[index]
      return kept.contains(graph.resultName(index))
        ? nil : QuantizationReport.FloatLayer(path: node.scope, operation: node.operation.name, reason: reason)
    }
    return try QuantizationReport(
      calibrationClips: calibration.clips.count, attempts: attempts, correctsBias: quantizer.correctsBias,
      weightRange: quantizer.weightRange,
      values: values, mixed: mixed, floatLayers: floats, latencies: latencies,
      calibration: fidelity(model, to: originalResults()),
      others: others.clips.isEmpty
        ? nil : Fidelity(results(model.plan(shapes), on: others.clips), others.originals))
  }

  /// The inputs of one run.
  var inputs: [Tensor] { runs.inputs(of: calibration.clips[0])[0] }
}
