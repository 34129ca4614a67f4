import Graph
import Kernels
import Runtime
import Tensors

/// The steps of quantising one network by some clips.
struct QuantizationRun {
  /// Means of channels need fewer clips than extremes.
  private static let clipsForMeans = 8

  private let quantizer: Quantizer
  private let original: ModelProgram
  private let calibration: Calibration
  private let progress: (Quantizer.Progress) -> Void
  private let shapes: [[Int]]
  private let shaped: Graph
  private let places: [CalibrationPoint]
  let points: QuantizationPoints

  /// Checks program and clips.
  init(
    _ quantizer: Quantizer, _ program: ModelProgram, _ calibration: Calibration,
    _ progress: @escaping (Quantizer.Progress) -> Void
  ) throws {
    guard let first = calibration.clips.first else { throw QuantizationError.noClips }
    shapes = first.inputs.map(\.shape)
    for clip in calibration.clips where clip.inputs.map(\.shape) != shapes {
      throw QuantizationError.shape(clip: clip.name, expected: shapes, found: clip.inputs.map(\.shape))
    }
    points = QuantizationPoints(program.graph, keepingFloats: quantizer.floats)
    guard !points.nodes.isEmpty else { throw QuantizationError.nothingToQuantize }
    places = CalibrationPoint.all(points, in: program.graph)
    shaped = try program.graph.specialized(to: shapes)
    original = program
    self.quantizer = quantizer
    self.calibration = calibration
    self.progress = progress
  }

  /// Checks clips to compare on before time is spent: the first ones' shapes, and numbers only.
  ///
  /// - Throws: ``QuantizationError`` that names the clip.
  func check(_ clips: [Calibration.Clip]) throws(QuantizationError) {
    for clip in clips {
      let found = clip.inputs.map(\.shape)
      guard found == shapes else { throw .shape(clip: clip.name, expected: shapes, found: found) }
      for (id, tensor) in zip(original.graph.inputs, clip.inputs)
      where !tensor.elements(as: Float.self).allSatisfy(\.isFinite) {
        throw .notFinite(clip: clip.name, layer: "the input \(original.graph[id].name)")
      }
    }
  }

  /// The clips of calibration that results are compared on, spread evenly.
  private var comparedClips: [Calibration.Clip] {
    let count = min(max(quantizer.comparedClips, 1), calibration.clips.count)
    return (0..<count).map { calibration.clips[$0 * calibration.clips.count / count] }
  }

  /// A form of the program with what calibration has learned of it.
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
      progress(.init(stage: "calibration", done: index, total: calibration.clips.count))
      try reader.read(clip) { point, tensor in try statistics.add(tensor, at: point, clip: clip.name) }
    }
    return Candidate(program: program, reader: reader, statistics: statistics)
  }

  /// A form of the program in integers, by an observer.
  func model(_ candidate: Candidate, _ observer: Observer) throws -> QuantizedProgram {
    let table = candidate.statistics.table(
      observer, for: original.graph, inputRange: calibration.inputRange, floats: quantizer.floats)
    return try QuantizedProgram(
      candidate.program, table, points, shaped: shaped,
      means: quantizer.correctsBias ? means(candidate.reader, table) : [:])
  }

  /// The means of the inputs of all nodes with a bias, by the name of the node's result.
  private func means(_ reader: ValueReader, _ table: QuantizationTable) throws -> [String: ChannelMeans] {
    let graph = original.graph
    var values: [String: ChannelMeans] = [:]
    var result: [String: ChannelMeans] = [:]
    for clip in calibration.clips.prefix(Self.clipsForMeans) {
      try reader.read(clip) { point, tensor in
        if point.isPrologue, let quantization = table.prologues[point.key] {
          result[point.key, default: ChannelMeans()].add(tensor, quantization)
        } else if case .byte(let quantization) = table.values[point.key] {
          values[point.key, default: ChannelMeans()].add(tensor, quantization)
        }
      }
    }
    for (_, node) in points.biases where table.prologues[graph.resultName(node)] == nil {
      // Channels are axis 1, of a linear map's input too if it has no others.
      let input = graph.nodes[node].inputs[0]
      if graph.nodes[node].operation is Operations.Linear, graph.type(input).rank != 2 { continue }
      result[graph.resultName(node)] = values[graph[input].name]
    }
    return result
  }

  /// How near the results of a model in integers are to those of the original.
  func fidelity(_ model: QuantizedProgram) throws -> Fidelity { try compare(model, on: comparedClips).results }

  /// How near a model in integers is to its original: its results, and if asked for the signal-to-noise ratio of each value by
  /// name, in dB, against the same program in floating point.
  private func compare(
    _ model: QuantizedProgram, on clips: [Calibration.Clip], values: [CalibrationPoint] = []
  ) throws -> (results: Fidelity, values: [String: Double]) {
    let integers = try Session(
      Plan(model.program.graph, weights: model.weights, inputShapes: shapes, quantization: model.table))
    let session = try Session(Plan(original.graph, weights: original.weights, inputShapes: shapes))
    let readers = try (
      integers: ValueReader(model, points: values, inputShapes: shapes),
      reals: ValueReader(model.program, points: values, inputShapes: shapes)
    )
    var (found, expected): ([[Float]], [[Float]]) = ([], [])
    var noise: [String: SignalToNoise] = [:]
    for (index, clip) in clips.enumerated() {
      progress(.init(stage: "comparison", done: index, total: clips.count))
      found.append(try integers.run(clip.inputs)[0].elements())
      expected.append(try session.run(clip.inputs)[0].elements())
      var seen: [String: Tensor] = [:]
      try readers.integers.read(clip) { point, tensor in seen[point.key] = tensor }
      try readers.reals.read(clip) { point, tensor in
        guard let value = seen[point.key] else { return }
        noise[point.key, default: SignalToNoise()].add(value.elements(), tensor.elements())
      }
    }
    return (Fidelity(found, expected), noise.mapValues(\.decibels))
  }

  /// What was done, and what it costs in precision.
  func report(
    _ model: QuantizedProgram, observer: Observer, isEqualized: Bool, trials: [QuantizationReport.Trial],
    others: [Calibration.Clip]
  ) throws -> QuantizationReport {
    let graph = original.graph
    let places = places.filter { !$0.isPrologue }
    let onCalibration = try compare(model, on: comparedClips, values: places)
    let onOthers = others.isEmpty ? nil : try compare(model, on: others, values: places)
    let values = places.compactMap { place -> QuantizationReport.Value? in
      guard let form = model.table.values[place.key] else { return nil }
      return .init(
        name: place.key, layer: place.layer, form: form, calibrationDecibels: onCalibration.values[place.key] ?? 0,
        otherDecibels: onOthers?.values[place.key])
    }
    let floats = points.refusals.sorted { $0.key < $1.key }.map { index, reason in
      let node = graph.nodes[index]
      return QuantizationReport.FloatLayer(path: node.scope, operation: node.operation.name, reason: reason)
    }
    return QuantizationReport(
      calibrationClips: calibration.clips.count, observer: observer, isEqualized: isEqualized,
      correctsBias: quantizer.correctsBias, trials: trials, values: values, floatLayers: floats,
      calibration: onCalibration.results, others: onOthers?.results)
  }
}
