/// Counts which classes are predicted for which.
public struct ConfusionMatrix: Sendable, Equatable {
  /// The videos of one class that were predicted to be another.
  public struct Cell: Sendable, Hashable {
    /// The class of the videos.
    public let label: Int
    /// The class that was predicted.
    public let predicted: Int
    /// The number of videos.
    public let count: Int
  }

  /// The number of classes.
  public let classCount: Int
  /// The number of videos that were added.
  public private(set) var total = 0
  private var top1 = 0
  private var top5 = 0
  private var totals: [Int]
  private var hits: [Int]
  /// By label and prediction: with many classes, most pairs have no video.
  private var counts: [Int: Int] = [:]

  /// Creates an empty matrix.
  public init(classCount: Int) {
    self.classCount = classCount
    totals = [Int](repeating: 0, count: classCount)
    hits = totals
  }

  /// Adds a video by its scores.
  ///
  /// Of equal scores the first counts as the highest; NaN counts as the lowest, and is never right.
  ///
  /// - Parameters:
  ///   - scores: A score for each class.
  ///   - label: The index of the video's class.
  public mutating func add(scores: [Float], label: Int) {
    precondition(scores.count == classCount && totals.indices.contains(label), "a score for each class")
    let values = scores.map { $0.isNaN ? -Float.infinity : $0 }
    let own = values[label]
    let rank = values.indices.count { values[$0] > own || values[$0] == own && $0 < label }
    let predicted = values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
    total += 1
    totals[label] += 1
    counts[label * classCount + predicted, default: 0] += 1
    guard !scores[label].isNaN else { return }
    top1 += rank < 1 ? 1 : 0
    top5 += rank < 5 ? 1 : 0
    hits[label] += rank < 1 ? 1 : 0
  }

  /// Adds the videos of another matrix of the same classes.
  mutating func add(_ other: ConfusionMatrix) {
    precondition(other.classCount == classCount, "the same classes")
    (total, top1, top5) = (total + other.total, top1 + other.top1, top5 + other.top5)
    totals = zip(totals, other.totals).map(+)
    hits = zip(hits, other.hits).map(+)
    counts.merge(other.counts, uniquingKeysWith: +)
  }

  /// The top-1 accuracy, 0...1; NaN without videos.
  public var accuracy: Double { Double(top1) / Double(total) }
  /// The top-5 accuracy, 0...1; NaN without videos, nil with five classes or fewer.
  public var top5Accuracy: Double? { classCount > 5 ? Double(top5) / Double(total) : nil }

  /// Returns the number of videos of a class.
  public func total(of label: Int) -> Int { totals[label] }

  /// Returns the share of a class's videos that were predicted correctly, 0...1; nil without videos.
  public func accuracy(of label: Int) -> Double? {
    totals[label] > 0 ? Double(hits[label]) / Double(totals[label]) : nil
  }

  /// The number of videos of class `label` that were predicted to be class `predicted`.
  public subscript(label: Int, predicted: Int) -> Int { counts[label * classCount + predicted] ?? 0 }

  /// The wrong predictions, the most frequent first.
  public var mistakes: [Cell] {
    counts.map { Cell(label: $0 / classCount, predicted: $0 % classCount, count: $1) }
      .filter { $0.label != $0.predicted }
      .sorted { ($1.count, $0.label, $0.predicted) < ($0.count, $1.label, $1.predicted) }
  }
}

/// One string with all numbers, as there can be very many.
extension ConfusionMatrix: Codable {
  /// Reads a matrix.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let numbers = try container.decode(String.self).split(separator: " ").compactMap { Int($0) }
    guard numbers.count >= 4, numbers[0] >= 0, numbers.count >= 4 + 2 * numbers[0], numbers.count % 2 == 0 else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "these are no numbers of a matrix")
    }
    self.init(classCount: numbers[0])
    (total, top1, top5) = (numbers[1], numbers[2], numbers[3])
    totals = Array(numbers[4..<4 + classCount])
    hits = Array(numbers[4 + classCount..<4 + 2 * classCount])
    for index in stride(from: 4 + 2 * classCount, to: numbers.count, by: 2) {
      counts[numbers[index]] = numbers[index + 1]
    }
  }

  /// Writes the matrix.
  public func encode(to encoder: any Encoder) throws {
    let numbers = [classCount, total, top1, top5] + totals + hits + counts.flatMap { [$0.key, $0.value] }
    var container = encoder.singleValueContainer()
    try container.encode(numbers.map { "\($0)" }.joined(separator: " "))
  }
}
