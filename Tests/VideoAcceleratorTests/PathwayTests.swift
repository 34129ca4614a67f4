import Architectures
import IR
import ModelTestSupport
import TestSupport
import Tensors
import Testing
import Training
import Video
import VideoAccelerator
import Zoo

/// A network of two pathways, whose inputs are made of one clip: classified, calibrated, deployed, trained.
@Suite struct PathwayTests {
  private static let network = NarrowNetwork("slowfast_r50", frameCount: 8)

  private func model() throws -> Model {
    let architecture = try Self.network.architecture()
    let graph = try architecture.graph()
    return Model(
      name: "narrow", graph: graph, weights: try Self.network.weights(),
      recipes: try Self.network.clipInputs().recipes(named: graph.inputTypes.map(\.name)),
      labels: (0..<11).map { "class \($0)" }, provenance: .init(architecture: try JSON(encoding: architecture)))
  }

  @Test func bothPathwaysSeeTheSameClip() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/clip.mp4"
      try SmallVideos.write(to: path, frames: 40)
      let model = try model()
      let inputs = try model.requiredClipInputs()
      let classes = try VideoClassifier(model, threads: 2).classify(VideoFile(path: path), views: VideoViews(clips: 2))
      var expected = [Float](repeating: 0, count: 11)
      try VideoReader(path: path).forEachClip(count: 2, recipe: inputs.clip) { clip in
        let logits = try Interpreter(model.graph, weights: model.weights).run(inputs.tensors(of: clip))[0]
        for (index, score) in Reference.softmax(logits, axis: 1).elements(as: Float.self).enumerated() {
          expected[index] += score / 2
        }
      }
      for prediction in classes.predictions { #expect(abs(prediction.score - expected[prediction.index]) < 1e-4) }

      // From a file, and in integers.
      let clips = try CalibrationFiles.clips(at: path, for: model, count: 3)
      #expect(clips.map { $0.inputs.map(\.shape) } == Array(repeating: inputs.shapes, count: 3))
      let quantized = try model.deployed(for: .host, quantizedBy: Quantizer(observer: .minMax), clips: clips)
      try quantized.model.write(to: "\(folder)/m.accel")
      let copy = try Model("\(folder)/m.accel")
      #expect(copy.clipInputs == inputs)
      #expect(try VideoClassifier(copy).classify(VideoFile(path: path)).predictions.count == 11)
    }
  }

  @Test func isFineTunedInFloatingPointAndInIntegers() throws {
    try withTemporaryFolder { folder in
      let (videos, output) = ("\(folder)/videos", "\(folder)/run")
      try SmallVideos.write(classes: ["ant", "bee"], to: videos)
      var settings = TrainingSettings()
      settings.epochs = 1
      settings.batchSize = 2
      func run(_ model: Model, to output: String, precision: Precision) throws -> FineTuning.Result {
        try FineTuning(
          model, DataSplit(at: videos), settings: settings, augmentation: Augmentation(), output: output,
          precision: precision
        ).run()
      }
      #expect(try run(model(), to: output, precision: .fp32).ending == .finished)
      let trained = try Model(output)
      #expect(trained.labels == ["ant", "bee"])
      #expect(try trained.clipInputs == Self.network.clipInputs())
      #expect(try run(trained, to: "\(folder)/int8", precision: .int8).ending == .finished)
      #expect(try Model("\(folder)/int8").precision == .int8)
    }
  }
}
