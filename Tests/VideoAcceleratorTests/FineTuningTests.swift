import Architectures
import IR
import Models
import TestSupport
import Tensors
import Testing
import Training
import VideoAccelerator
import Zoo

/// Fine-tuning of a network of the user's own, which no registered architecture builds.
@Suite struct FineTuningTests {
  private func model() throws -> Model {
    let graph = Graph.build(input: .clip(channels: 3)) { clip in
      let stem = Conv3dTemporalKernel1BnAct(3, 8, spatialKernel: 3, spatialStride: 2)(clip, name: "stem")
      return Classifier(classCount: 3)(X3DBottleneckBlock(8, mid: 16, out: 8)(stem, name: "block"), name: "head")
    }
    let weights = try RandomWeights.make(
      for: graph, seed: 1, measuringOn: [RandomWeights.clips([2, 3, 4, 32, 32], seed: 1)])
    return try Model(
      name: "mine", graph: graph, weights: weights, recipe: SmallVideos.recipe.get(), labels: ["one", "two", "three"])
  }

  private func run(_ model: Model, on videos: String, to output: String) throws -> FineTuning.Result {
    var settings = TrainingSettings()
    settings.epochs = 1
    settings.batchSize = 2
    return try FineTuning(
      model, DataSplit(at: videos), settings: settings, augmentation: Augmentation(), output: output
    ).run()
  }

  @Test func aNetworkWithoutAnArchitectureIsFineTuned() throws {
    try withTemporaryFolder { folder in
      let (videos, output) = ("\(folder)/videos", "\(folder)/run")
      try SmallVideos.write(classes: ["ant", "bee"], to: videos)
      let model = try model()
      #expect(try run(model, on: videos, to: output).ending == .finished)
      for path in [output, "\(output)/last"] {
        let trained = try Model(path)
        #expect(trained.labels == ["ant", "bee"] && !trained.isDeployable && trained.recipe == model.recipe)
        #expect(trained.weights["head.proj.weight"] != model.weights["head.proj.weight"])
        #expect(trained.weights["stem.conv_t.weight"]?.shape == model.weights["stem.conv_t.weight"]?.shape)
        #expect(
          trained.weights.mapValues(\.shape).filter { !$0.key.hasPrefix("head") }
            == model.weights.mapValues(\.shape).filter { !$0.key.hasPrefix("head") })
      }
      // What comes of it is trained again, as its classes are those of the videos already.
      #expect(try run(Model(output), on: videos, to: "\(folder)/again").ending == .finished)
      #expect(
        try VideoClassifier(Model(output)).classify(VideoFile(path: "\(videos)/ant/0.mp4")).predictions.count == 2)
    }
  }

  @Test func aDeployableModelIsRefused() throws {
    try withTemporaryFolder { folder in
      try SmallVideos.write(classes: ["ant", "bee"], to: folder)
      #expect {
        try run(model().runnable(), on: folder, to: "\(folder)-run")
      } throws: {
        "\($0)".contains("mine is in deployable form")
      }
    }
  }
}
