import IR
import Tensors

/// The statistics of a network's values over the calibration clips.
struct CalibrationStatistics {
  /// 16 bits have room to spare: values may exceed those of calibration by this factor.
  private static let wordHeadroom: Float = 1.25

  private let points: [CalibrationPoint]
  private var values: [String: ValueStatistics] = [:]
  private var prologues: [String: ValueStatistics] = [:]

  init(_ points: [CalibrationPoint]) { self.points = points }

  subscript(point: CalibrationPoint) -> ValueStatistics {
    (point.isPrologue ? prologues[point.key] : values[point.key]) ?? ValueStatistics()
  }

  /// Returns the largest absolute value of each channel of a value.
  func peaks(_ name: String) -> [Float]? { values[name]?.channelPeaks }

  /// Adds a clip's tensor at a point.
  ///
  /// - Throws: ``QuantizationError/notFinite(clip:layer:)``.
  mutating func add(_ tensor: Tensor, at point: CalibrationPoint, clip: String) throws(QuantizationError) {
    let isFinite =
      point.isPrologue
      ? prologues[point.key, default: ValueStatistics()].add(tensor)
      : values[point.key, default: ValueStatistics()].add(tensor)
    guard isFinite else { throw .notFinite(clip: clip, layer: point.layer) }
  }

  /// Returns how values are quantized, by an observer.
  ///
  /// - Parameters:
  ///   - observer: How ranges follow from the statistics.
  ///   - graph: The graph.
  ///   - integers: Which of its values are integers.
  ///   - inputRange: The range of the graph's inputs; nil for the observed one.
  ///   - floats: The names of the first results of nodes that stay in floating point.
  func table(
    _ observer: Observer, for graph: Graph, _ integers: QuantizationPoints, inputRange: ClosedRange<Float>?,
    floats: Set<String>
  ) -> QuantizationTable {
    var table = QuantizationTable(values: [:], prologues: [:], floats: floats)
    let inputs = Set(graph.inputs)
    for point in points {
      let statistics = self[point]
      if point.isPrologue {
        table.prologues[point.key] = observer.quantization(statistics)
      } else if point.isWord {
        let peak = max(abs(statistics.lowest), abs(statistics.highest)) * Self.wordHeadroom
        table.values[point.key] = .word(scale: peak > 0 && peak.isFinite ? max(peak / 32767, 0x1p-60) : 1)
      } else if let inputRange, let source = point.sources.first, inputs.contains(source) {
        table.values[point.key] = .byte(
          QuantizationParameters(
            covering: min(inputRange.lowerBound, statistics.lowest), max(inputRange.upperBound, statistics.highest)))
      } else {
        table.values[point.key] = .byte(observer.quantization(statistics))
      }
    }
    // A state is what a value was.
    for state in graph.states where table.values[graph[state.value].name] != nil {
      table.values[graph[state.value].name] = table.values[graph[graph.origin(of: state)].name]
    }
    // The largest of some bytes is one of them, so they share a quantization.
    for index in integers.nodes.sorted() where integers.form(of: index)?.result == .bytesOfInput {
      table.values[graph.resultName(index)] = table.values[graph[graph.nodes[index].inputs[0]].name]
    }
    return table
  }
}

extension Graph {
  /// Returns the value that a state and those that hand it on were once updated to; of states in a circle, any of them.
  fileprivate func origin(of state: State) -> ValueID {
    let sources = Dictionary(uniqueKeysWithValues: states.map { ($0.value, $0.next) })
    var value = state.next
    for _ in states { value = sources[value] ?? value }
    return value
  }
}
