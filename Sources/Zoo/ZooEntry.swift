/// The published properties of a checkpoint.
public struct ZooEntry: Sendable, Equatable {
  /// A data set that checkpoints are trained on.
  public enum DataSet: String, Sendable {
    /// 400 classes of human actions.
    case kinetics400 = "Kinetics-400"
    /// 600 classes of human actions.
    case kinetics600 = "Kinetics-600"

    /// The names of the classes, in the order of the networks' outputs.
    public var labels: [String] {
      switch self {
      case .kinetics400: Kinetics400.labels
      case .kinetics600: Kinetics600.labels
      }
    }
  }

  /// The accuracy on the validation set, as its authors state it.
  public struct Accuracy: Sendable, Equatable {
    /// The top-1 accuracy in percent.
    public let top1: Double
    /// The top-5 accuracy in percent.
    public let top5: Double
    /// The views of a video whose scores are averaged: `10 clips × 3 crops`, for example.
    public let views: String
  }

  /// The name in the model zoo, which is also that of the checkpoint's file in the cache.
  public let name: String
  /// The network of the checkpoint, by its name in `Architecture`.
  public let architecture: String
  /// The address of the checkpoint.
  public let url: String
  /// The SPDX identifier of its licence.
  public let licence: String
  /// The size of the file in bytes; nil if its publisher does not state it.
  public let size: Int?
  /// The number of parameters in millions, as published.
  public let millionParameters: Double
  /// The published accuracy.
  public let accuracy: Accuracy
  /// Where licence and accuracy are stated.
  public let source: String
  /// The data set that it was trained on.
  public let dataSet: DataSet
  /// The number of frames in a clip.
  public let frameCount: Int
  /// The number of frames of the source video, at 30 per second, for each frame of the clip.
  public let samplingRate: Int
  /// The length in pixels that a frame's shorter side is scaled to.
  public let shortSide: Int
  /// The side of the square crop in pixels.
  public let cropSize: Int
  /// The mean that is subtracted from colors in 0...1.
  public let mean: Float
  /// The standard deviation of colors, by which the difference is divided.
  public let standardDeviation: Float
  /// The class names, in the order of the network's outputs.
  public var labels: [String] { dataSet.labels }
}
