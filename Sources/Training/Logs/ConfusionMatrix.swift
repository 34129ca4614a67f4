/// Which classes are taken for which others.
public struct ConfusionMatrix: Sendable, Equatable {
  /// Videos of a class that were taken for a class.
  public struct Cell: Sendable, Hashable {
    /// The class that they are of.
    public let label: Int
    /// The class that they were taken for.
    public let predicted: Int
    /// How many.
    public let count: Int
  }

  /// How many classes there are.
  public let classCount: Int
  /// How many videos were judged.
  public private(set) var total = 0
  private var top1 = 0
  private var top5 = 0
  private var totals: [Int]
  private var hits: [Int]
  /// By label and prediction: most pairs of many classes have no video.
  private var counts: [Int: Int] = [:]

  /// A matrix of nothing yet.
  public init(classCount: Int) {
    self.classCount = classCount
    totals = [Int](repeating: 0, count: classCount)
    hits = totals
  }

  /// Adds a video by its scores.
  ///
  /// Of equal scores the first counts as the highest; one that is not a number counts as the lowest, and is never right.
  ///
  /// - Precondition: there is a score for each class, and the label is that of a class.
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

  /// The share of videos, 0 … 1, whose class got the highest score; NaN without videos.
  public var accuracy: Double { Double(top1) / Double(total) }
  /// The share of videos whose class is among the five with the highest scores; NaN without videos, nil where five are all classes.
  public var top5Accuracy: Double? { classCount > 5 ? Double(top5) / Double(total) : nil }

  /// How many videos of a class there are.
  public func total(of label: Int) -> Int { totals[label] }

  /// The share of a class's videos that were taken for it; nil without videos.
  public func accuracy(of label: Int) -> Double? {
    totals[label] > 0 ? Double(hits[label]) / Double(totals[label]) : nil
  }

  /// How many videos of a class were taken for a class.
  public subscript(label: Int, predicted: Int) -> Int { counts[label * classCount + predicted] ?? 0 }

  /// What was mistaken, most often first.
  public var mistakes: [Cell] {
    counts.map { Cell(label: $0 / classCount, predicted: $0 % classCount, count: $1) }
      .filter { $0.label != $0.predicted }
      .sorted { ($1.count, $0.label, $0.predicted) < ($0.count, $1.label, $1.predicted) }
  }
}
