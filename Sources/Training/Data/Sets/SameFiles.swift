import Tensors

/// Finds identical files: by their place on the disk, or by their contents.
struct SameFiles {
  /// Indices of paths with the same contents, two or more each, in the order of the first ones.
  let groups: [[Int]]
  /// The size of the parts at the start, in the middle and at the end that are compared first, in bytes.
  private static let partSize = 1 << 14
  /// The size in bytes above which files are the same if these parts are.
  private static let sizeLimit = 1 << 26

  /// Compares files; one that cannot be read is different from all others.
  init(_ paths: [String]) {
    var bySize: [Int: [(identity: FileSystem.Identity, index: Int)]] = [:]
    for (index, path) in paths.enumerated() {
      guard let status = FileSystem.status(of: path), status.kind == .file else { continue }
      bySize[status.size, default: []].append((status.identity, index))
    }
    var groups: [[Int]] = []
    for (size, files) in bySize where files.count > 1 {
      let byIdentity = Dictionary(grouping: files, by: \.identity).values.map { $0.map(\.index) }
      // An empty file is not a copy of another.
      groups += byIdentity.count == 1 || size == 0 ? byIdentity : Self.merged(byIdentity, paths)
    }
    self.groups = groups.filter { $0.count > 1 }.map { $0.sorted() }.sorted { $0[0] < $1[0] }
  }

  /// Merges groups of the same size whose contents are the same.
  private static func merged(_ groups: [[Int]], _ paths: [String]) -> [[Int]] {
    let byPart = Dictionary(grouping: groups) { parts(paths[$0[0]]) ?? Array(paths[$0[0]].utf8) }
    return byPart.values.flatMap { alike -> [[Int]] in
      var merged: [[Int]] = []
      for group in alike.sorted(by: { $0[0] < $1[0] }) {
        if let same = merged.firstIndex(where: { areSame(paths[$0[0]], paths[group[0]]) }) {
          merged[same] += group
        } else {
          merged.append(group)
        }
      }
      return merged
    }
  }

  private static func parts(_ path: String) -> [UInt8]? {
    guard let file = try? MappedFile(path: path) else { return nil }
    let size = min(partSize, file.count)
    return [0, (file.count - size) / 2, file.count - size].flatMap { file.copy($0..<$0 + size) }
  }

  private static func areSame(_ left: String, _ right: String) -> Bool {
    guard let left = try? MappedFile(path: left), let right = try? MappedFile(path: right) else { return false }
    return left.count == right.count && (left.count > sizeLimit || left.bytes.elementsEqual(right.bytes))
  }

  /// Returns warnings about files that are in the sets more than once, in two classes, or in training and validation.
  ///
  /// - Precondition: The sets have the same classes.
  static func warnings(in training: DataSet, and validation: DataSet? = nil) throws -> [String] {
    let count = training.samples.count
    let samples = training.samples + (validation?.samples ?? [])
    var (repeated, labels, shared): ([[Int]], [[Int]], [[Int]]) = ([], [], [])
    for group in SameFiles(samples.map(\.path)).groups {
      if Set(group.map { samples[$0].label }).count > 1 { labels.append(group) }
      if group[0] < count, group[group.count - 1] >= count { shared.append(group) }
      if group.count(where: { $0 < count }) > 1 || group.count(where: { $0 >= count }) > 1 { repeated.append(group) }
    }
    let tell = { (groups: [[Int]], what: String, names: (Int) -> String) -> [String] in
      guard let first = groups.first else { return [] }
      let pair = "\(names(first[0])) and \(names(first[first.count - 1]))"
      return ["\(groups.count) \(groups.count == 1 ? "video is" : "videos are") \(what), such as \(pair)"]
    }
    let path = { (index: Int) in samples[index].path.printable }
    let withClass = { (index: Int) in "\(path(index)) (\(training.classes[samples[index].label].printable))" }
    return tell(shared, "in training and in validation", path) + tell(labels, "in two classes", withClass)
      + tell(repeated, "there more than once", path)
  }
}
