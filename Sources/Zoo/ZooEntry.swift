/// What is known of a published checkpoint before it is downloaded.
public struct ZooEntry: Sendable, Equatable {
  /// Accuracy on the validation set of Kinetics-400, as its authors state it.
  public struct Accuracy: Sendable, Equatable {
    /// Share of clips whose label is the best guess, in percent.
    public let top1: Double
    /// Share of clips whose label is among the five best guesses, in percent.
    public let top5: Double
    /// How a video was cut into views, whose scores are averaged: `10 clips × 3 crops`, for example.
    public let views: String
  }

  /// The name in the model zoo, which is also that of the checkpoint's file in the cache.
  public let name: String
  /// The network that the checkpoint is for, by its name in `Architecture`.
  public let architecture: String
  /// Where the checkpoint is published.
  public let url: String
  /// SPDX identifier of the licence that its publisher releases it under.
  public let licence: String
  /// Size of the file in bytes; nil where its publisher does not say.
  public let size: Int?
  /// Parameters of the network, in millions, as published.
  public let millionParameters: Double
  /// Published accuracy.
  public let accuracy: Accuracy
  /// Where licence and accuracy are stated.
  public let source: String
  /// Frames of a clip.
  public let frameCount: Int
  /// Frames of the source video (at 30 a second) per frame of the clip.
  public let samplingRate: Int
  /// What a frame's shorter side is scaled to, in pixels.
  public let shortSide: Int
  /// Side of the square crop, in pixels.
  public let cropSize: Int
  /// Class names, in the order of the network's outputs.
  public var labels: [String] { Kinetics400.labels }
}
