import Video

/// Videos that were used though they are damaged: every frame that can be decoded counts, wherever videos are used.
public struct DamagedVideos: Sendable, Equatable {
  /// What is wrong with each video, a sentence each, in the order in which they were met.
  public private(set) var warnings: [String] = []
  private var known: Set<String> = []

  /// None.
  public init() {}

  /// Adds a video, if there is anything wrong with it.
  package mutating func add(_ damage: VideoError?, path: String) {
    guard let damage, known.insert(path).inserted else { return }
    warnings.append("\(damage)")
  }
}
