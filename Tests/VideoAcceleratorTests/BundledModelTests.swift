import Zoo
import Foundation
import Testing
import VideoAccelerator

/// The models that come with the package: they are there, and tell what is true of the sample clips.
@Suite struct BundledModelTests {
  private static let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Samples/mountain-path.mp4").standardizedFileURL.path

  /// The camera pans to the left for 3 s, stands for 3 s and zooms in for 3 s.
  private func check(_ classifier: VideoClassifier, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let timeline = try classifier.timeline(of: VideoFile(path: Self.sample))
    for (time, label) in [(1.5, "pan left"), (4.5, "static"), (7.5, "zoom in")] {
      let segment = timeline.segments.first { ($0.start..<$0.end).contains(time) }
      #expect(segment?.label == label, "at \(time) s", sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: BundledModel.all.map(\.name)) func aModelTellsWhatTheCameraDoes(name: String) throws {
    let model = try Model(name)
    #expect(model.name == name && model.labels.count == 10 && !model.provenance.isUntrained)
    try check(VideoClassifier(model))
  }

  @Test(arguments: BundledModel.all.map(\.name), ["fp16", "int8"])
  func itsModelsDoToo(name: String, precision: String) throws {
    let folder = try #require(BundledModel(named: name)).folder()
    let model = try Model(contentsOf: "\(folder)/\(precision).accel")
    let labels = try Model(name).labels
    #expect(model.precision.rawValue == precision && model.labels == labels)
    try check(VideoClassifier(model))
  }

  @Test(arguments: BundledModel.all.map(\.name)) func itsModelCardSaysWhereItComesFrom(name: String) throws {
    let card = try String(
      contentsOfFile: #require(BundledModel(named: name)).folder() + "/README.md", encoding: .utf8)
    for label in try Model(name).labels { #expect(card.contains(label), "\(label)") }
    #expect(card.contains("accelerator finetune") && card.contains("Licence"))
  }
}
