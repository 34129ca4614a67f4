import Tensors

/// Videos, each with its class.
///
/// A set is read from a folder with a folder for each class (``init(folder:classes:)``), from a list as for Kinetics
/// (``init(list:root:classes:leavesOutMissing:)``) or from the lists of UCF101
/// (``init(ucf101List:root:classIndex:leavesOutMissing:)``).
public struct DataSet: Sendable, Equatable {
  /// A video and its class.
  public struct Sample: Sendable, Hashable {
    /// The video file.
    public let path: String
    /// The index of its class in ``DataSet/classes``.
    public let label: Int

    /// Creates a sample.
    public init(path: String, label: Int) {
      self.path = path
      self.label = label
    }
  }

  /// What the set was read from, for messages.
  public let name: String
  /// The folder that the videos are in; which videos are held out depends on their paths below it.
  public let root: String
  /// The names of the classes; labels are indices in this.
  public let classes: [String]
  /// The videos, in an order that does not depend on the file system.
  public let samples: [Sample]
  /// Warnings about the set that are no reason to refuse it, a sentence each.
  public let warnings: [String]
  /// The files that were found but are not part of the set, and why.
  public let skippedFiles: SkippedFiles

  /// Creates a set of known videos.
  ///
  /// - Throws: ``DataSetError`` if fewer than two classes have videos, or a label is out of range.
  public init(
    name: String, root: String, classes: [String], samples: [Sample], warnings: [String] = [],
    skippedFiles: SkippedFiles = SkippedFiles()
  ) throws(DataSetError) {
    if let wrong = samples.first(where: { !classes.indices.contains($0.label) }) {
      throw .labelOutOfRange(list: name, line: nil, label: "\(wrong.label)", classCount: classes.count)
    }
    let counts = Self.counts(samples, classCount: classes.count)
    let filled = classes.indices.filter { counts[$0] > 0 }
    guard let first = filled.first else { throw .noVideos(name: name) }
    guard filled.count > 1 else { throw .singleClass(name: name, class: classes[first]) }
    self.name = name
    self.root = root
    self.classes = classes
    self.samples = samples
    self.skippedFiles = skippedFiles
    let empty = classes.indices.filter { counts[$0] == 0 }.map { classes[$0] }
    let hasNone = "\(name.printable) has no video of \(empty.count == 1 ? "class" : "classes") \(listed(empty))"
    // A set made from another one has its warnings.
    self.warnings = warnings + (empty.isEmpty || warnings.contains(hasNone) ? [] : [hasNone])
  }

  /// The number of videos in each class.
  public var counts: [Int] { Self.counts(samples, classCount: classes.count) }

  private static func counts(_ samples: [Sample], classCount: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: classCount)
    for sample in samples { counts[sample.label] += 1 }
    return counts
  }
}

/// Returns the first few of many names, quoted: `"a", "b", "c" and 7 more`.
func listed(_ names: [String], limit: Int = 5) -> String {
  let shown = names.prefix(limit).map { "\"\($0.printable)\"" }.joined(separator: ", ")
  return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
}
