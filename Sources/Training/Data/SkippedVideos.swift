import Tensors

/// Videos that were skipped because no whole clip of them could be decoded.
public struct SkippedVideos: Sendable, Equatable, Codable {
  /// A video, and why it was skipped.
  public struct Video: Sendable, Hashable, Codable {
    /// The file.
    public let path: String
    /// Why it was skipped.
    public let reason: String
  }

  /// The videos, each once, in the order in which they were found.
  public private(set) var videos: [Video] = []
  /// The number of times that one of them was to be used.
  public private(set) var count = 0
  private var known: Set<String> = []

  /// Creates an empty list.
  public init() {}

  package mutating func add(_ video: Video) {
    count += 1
    if known.insert(video.path).inserted { videos.append(video) }
  }

  /// Adds those of another list.
  package mutating func add(_ other: SkippedVideos) {
    for video in other.videos { add(video) }
    count += other.count - other.videos.count
  }
}

extension SkippedVideos.Video {
  /// Creates the entry for a video that threw an error; nil for errors that are not about the video, as all others
  /// would meet them too.
  package init?(path: String, _ error: any Error) {
    guard let error = error as? any UserFacingError, error.isBadInput else { return nil }
    let sentence = "\(error)"
    self.init(path: path, reason: sentence.hasPrefix(path.printable) ? sentence : "\(path.printable): \(sentence)")
  }
}
