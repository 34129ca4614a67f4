import IR
import Tensors

/// What calibration has learned of a network.
struct CalibrationStatistics {
  /// 16 bits have room to spare: clips may be louder than those of calibration by this much.
  private static let wordHeadroom: Float = 1.25

  private let points: [CalibrationPoint]
  private var values: [String: ValueStatistics] = [:]
  private var prologues: [String: ValueStatistics] = [:]

  init(_ points: [CalibrationPoint]) { self.points = points }

  subscript(point: CalibrationPoint) -> ValueStatistics {
    (point.isPrologue ? prologues[point.key] : values[point.key]) ?? ValueStatistics()
  }

  /// The largest absolute value of each channel of a value.
  func peaks(_ name: String) -> [Float]? { values[name]?.channelPeaks }

  /// Adds what a clip gives at a point.
  ///
  /// - Throws: ``QuantizationError/notFinite(clip:layer:)``.
  mutating func add(_ tensor: Tensor, at point: CalibrationPoint, clip: String) throws(QuantizationError) {
    let isFinite =
      point.isPrologue
      ? prologues[point.key, default: ValueStatistics()].add(tensor)
      : values[point.key, default: ValueStatistics()].add(tensor)
    guard isFinite else { throw .notFinite(clip: clip, layer: point.layer) }
  }

  /// How values stand for real numbers, by an observer.
  ///
  /// - Parameters:
  ///   - integers: What of the graph is integers.
  ///   - inputRange: Of the graph's inputs; nil: what was seen.
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
    // The largest of some bytes is one of them.
    for index in integers.nodes.sorted() where integers.form(of: index)?.result == .bytesOfInput {
      table.values[graph.resultName(index)] = table.values[graph[graph.nodes[index].inputs[0]].name]
    }
    return table
  }
}
