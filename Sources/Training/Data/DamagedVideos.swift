import Video

/// Damaged videos that were used: every frame that can be decoded counts, wherever videos are used.
public struct DamagedVideos: Sendable, Equatable, Codable {
  /// A sentence for each video, in the order in which they were found.
  public private(set) var warnings: [String] = []
  private var known: Set<String> = []

  /// Creates an empty list.
  public init() {}

  /// Adds a video if it is damaged.
  package mutating func add(_ damage: VideoError?, path: String) {
    guard let damage, known.insert(path).inserted else { return }
    warnings.append("\(damage)")
  }

  /// Adds those of another list.
  package mutating func add(_ other: DamagedVideos) {
    // A warning begins with its video's path.
    for warning in other.warnings where !warnings.contains(warning) { warnings.append(warning) }
    known.formUnion(other.known)
  }
}
