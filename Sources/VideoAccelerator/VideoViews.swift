import Preprocessing
import Streams

/// The parts of a video that a model sees: temporal clips times spatial crops.
public struct VideoViews: Sendable, Equatable {
  /// The largest number of clips that are taken if no number is given.
  public static let mostClips = ClipSampling.mostClips

  /// The number of clips, spread evenly over the video; nil for as many as fit one after the other, at most
  /// ``mostClips``.
  public var clips: Int?
  /// The number of square crops of each clip: 1 in the center, or 3 along the longer side.
  public var crops: [SpatialCrop]

  /// Creates views.
  ///
  /// - Parameters:
  ///   - clips: The number of clips, spread evenly over the video; nil for as many as fit one after the other, at most
  ///     ``mostClips``.
  ///   - crops: The square crops of each clip: 1 in the center, or 3 along the longer side.
  public init(clips: Int? = nil, crops: [SpatialCrop] = [.center]) {
    self.clips = clips
    self.crops = crops
  }

  /// Checks the number of clips.
  func check() throws(VideoClassifierError) {
    if let clips, !(1...100_000).contains(clips) { throw .clipCount(clips) }
  }

  /// Returns the number of clips of a video; both durations are in seconds.
  public func clipCount(videoDuration: Double, clipDuration: Double) -> Int {
    clips ?? ClipSampling.fittingCount(videoDuration: videoDuration, clipDuration: clipDuration)
  }
}

/// How much of a video a model saw.
public struct SeenClips: Sendable, Equatable {
  /// The number of clips.
  public let count: Int
  /// The number of crops of each clip.
  public let crops: Int
  /// The duration of a clip in seconds.
  public let duration: Double
}

/// Selects clips of a stream of unknown length, spread evenly: every first, second, fourth, … clip.
struct SpreadSelection {
  private let limit: Int
  private var stride = 1
  /// The indices in the stream of the clips that count.
  private var taken: [Int] = []

  /// Creates a selection of at most `limit` clips, 1 or more; at least half of that, if the stream has as many.
  init(limit: Int) { self.limit = max(limit, 1) }

  /// Returns whether the model sees a clip.
  func wants(_ number: Int) -> Bool { number % stride == 0 }

  /// Adds a clip that the model saw, with its index.
  mutating func take(_ number: Int) {
    taken.append(number)
    guard taken.count > limit else { return }
    stride *= 2
    taken.removeAll { $0 % stride != 0 }
  }

  var numbers: [Int] { taken }
}
