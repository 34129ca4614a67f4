import Tensors
import Zoo
import IR
import ModelTestSupport
import Foundation
import TestSupport
import Testing
import Models
import Preprocessing

/// A model on disk: what is written is read, and files that disagree are refused.
@Suite struct ZooFolderTests {
  private func recipe() throws -> ClipRecipe {
    try ClipRecipe(
      frameCount: 4, samplingRate: 3, shortSide: 36, cropSize: 32, mean: [0.1, 0.2, 0.3],
      standardDeviation: [0.4, 0.5, 0.6], framesPerSecond: 25)
  }

  private func write(to folder: String, weights: Bool = true) throws {
    try ZooFolder.write(
      architecture: SmallModel.architecture, recipe: recipe(), labels: SmallModel.labels,
      weights: weights ? SmallModel.weights() : nil, to: folder)
  }

  @Test func aWrittenModelIsReadBack() throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      let model = try Model(folder)
      #expect(try model.architecture() == SmallModel.architecture)
      #expect(model.labels == SmallModel.labels)
      #expect(model.recipe == (try recipe()))
      #expect(model.weights == (try SmallModel.weights()))
    }
  }

  @Test func anArchitectureAloneNeedsWeights() throws {
    try withTemporaryFolder { folder in
      try write(to: folder, weights: false)
      #expect(throws: ModelRequestError.noWeights(model: folder)) { try Model(folder) }
      #expect(try ModelRequest(folder, randomWeights: 1).load().provenance.isUntrained)
    }
  }

  @Test(arguments: [
    ("config.json", "\"cat\"", "7", "id2label.2"),
    ("config.json", "\"4\"", "\"5\"", "id2label.5"),
    ("config.json", "\"classCount\": 5", "\"classCount\": 6", "labels for 5 of the architecture's 6 classes"),
    ("config.json", "\"classCount\": 5,", "", "classCount"),
    ("config.json", "\"x3d\"", "\"x4d\"", "x4d"),
    ("config.json", "\"widthFactor\": 1", "\"widthFactor\": 2", "model.safetensors"),
    ("preprocessor_config.json", "\"num_frames\": 4", "\"num_frames\": 3", "pool"),
    ("preprocessor_config.json", "\"width\": 32", "\"width\": 33", "square"),
    ("preprocessor_config.json", "\"num_frames\": 4", "\"num_frames\": 0", "frame count"),
    ("preprocessor_config.json", "{", "", "preprocessor_config.json"),
  ])
  func filesThatDisagreeAreRefused(_ file: String, _ original: String, _ changed: String, _ problem: String) throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      let path = "\(folder)/\(file)"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      try #require(text.contains(original))
      let damaged = text.replacing(original, with: changed, maxReplacements: 1)
      try damaged.write(toFile: path, atomically: true, encoding: .utf8)
      #expect {
        try Model(folder)
      } throws: { $0 is any UserFacingError && "\($0)".contains(problem) }
    }
  }

  @Test func featuresComeFromTheSameWeights() throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      let model = try ModelRequest(folder, head: .features).load()
      let clip = RandomWeights.clips([2, 3, 4, 32, 32], seed: 3)
      let features = try Interpreter(model.graph, weights: model.weights).run([clip])[0]
      let whole = try Model(folder)
      let logits = try Interpreter(whole.graph, weights: whole.weights).run([clip])[0]
      let weight = try #require(whole.weights["blocks.5.proj.weight"])
      let bias = try #require(whole.weights["blocks.5.proj.bias"])
      #expect(relativeError(Reference.linear(features, weight: weight, bias: bias), logits) < 1e-5)
    }
  }

  @Test func checkpointWithOtherClassesNamesBothCounts() throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      #expect {
        try ModelRequest(folder, checkpoint: "\(folder)/model.safetensors", classCount: 7).load()
      } throws: { "\($0)".contains("has 5 classes, the model was built for 7") }
    }
  }
}
