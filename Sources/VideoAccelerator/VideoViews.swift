import Preprocessing

/// Which parts of a video a model looks at: temporal clips times spatial crops.
public struct VideoViews: Sendable, Equatable {
  /// The most clips that are taken where no number is given.
  public static let mostClips = 10

  /// The number of clips, spread evenly over the video; nil: as many as fit one after the other, ``mostClips`` at most.
  public var clips: Int?
  /// Square crops of each clip: 1 in the centre, or 3 along the longer side.
  public var crops: [SpatialCrop]

  /// Views of a video.
  public init(clips: Int? = nil, crops: [SpatialCrop] = [.center]) {
    self.clips = clips
    self.crops = crops
  }

  /// How many clips are taken of a video; both durations are in seconds.
  public func clipCount(videoDuration: Double, clipDuration: Double) -> Int {
    if let clips { return clips }
    let fitting = videoDuration / clipDuration
    // Half a frame's rounding must not cost the last clip.
    return fitting.isFinite ? Int(min(max((fitting + 0.01).rounded(.down), 1), Double(Self.mostClips))) : 1
  }
}

/// How much of a video a model saw.
public struct SeenClips: Sendable, Equatable {
  /// The number of clips.
  public let count: Int
  /// The number of crops of each clip.
  public let crops: Int
  /// Length of a clip in seconds.
  public let duration: Double
}

/// Takes as many clips of a stream of unknown length as are wanted, spread evenly: every first, second, fourth, …
struct SpreadSelection {
  private let limit: Int
  private var stride = 1
  /// The numbers in the stream of the clips that count.
  private var taken: [Int] = []

  /// At most `limit` clips, 1 or more; at least half of that, if the stream has as many.
  init(limit: Int) { self.limit = max(limit, 1) }

  /// Whether a clip is looked at.
  func wants(_ number: Int) -> Bool { number % stride == 0 }

  /// A clip that was looked at, and its number.
  mutating func take(_ number: Int) {
    taken.append(number)
    guard taken.count > limit else { return }
    stride *= 2
    taken.removeAll { $0 % stride != 0 }
  }

  var numbers: [Int] { taken }
}
