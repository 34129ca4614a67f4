import Foundation
import IR
import Models
import Quantization
import TestSupport
import Tensors
import Testing
import Video
import VideoAccelerator

/// Models that are no classifiers of clips, and odd requests: refused in one sentence.
@Suite struct OddModelTests {
  private func model(_ result: @escaping (SymbolicTensor) -> SymbolicTensor) throws -> Model {
    let graph = Graph.build(input: .clip(channels: 3), result)
    return Model(name: "odd", graph: graph, weights: [:], recipe: try SmallVideos.recipe.get())
  }

  @Test func resultsThatAreNotScoresOfClassesAreRefused() throws {
    let results: [(SymbolicTensor) -> SymbolicTensor] = [
      { $0 }, { $0.mean(axes: [2, 3]) }, { $0.mean(axes: [0, 1, 2, 3, 4]) },
    ]
    let video = try DecodedVideo(SmallVideos.frames(20), framesPerSecond: 25)
    for result in results {
      let classifier = try VideoClassifier(model(result))
      for attempt in [{ _ = try classifier.classify(video) }, { _ = try classifier.timeline(of: video) }] {
        #expect(performing: attempt, throws: { "\($0)".hasPrefix("odd is not a classifier: its result is float32[") })
      }
    }
    // Of a map, features are still computed.
    #expect(try VideoClassifier(model { $0.mean(axes: [2, 3]) }).features(of: video).values.count == 3 * 32)
    #expect(try VideoClassifier(model { $0.mean(axes: [2, 3, 4]) }).classify(video).predictions.count == 3)
    for count in [0, -1, Int.max] {
      let views = VideoViews(clips: count)
      #expect(throws: VideoClassifierError.clipCount(count)) {
        try SmallVideos.classifier().classify(video, views: views)
      }
    }
  }

  @Test func classifyingWithStatesIsRefused() throws {
    let odd = try model { clip in
      let total = clip.builder.state("total", shape: ["N", 3], initial: 0)
      let sum = total + clip.mean(axes: [2, 3, 4])
      clip.builder.update(total, to: sum)
      return sum
    }
    #expect(throws: VideoClassifierError.hasStates(model: "odd")) { try VideoClassifier(odd) }
  }

  @Test func aRecipeForNoInputIsRefused() throws {
    var odd = try model { $0.mean(axes: [2, 3, 4]) }
    odd.recipes = ["nope": try SmallVideos.recipe.get()]
    #expect(odd.recipe == nil)
    #expect(throws: ModelError.unknownInput(model: "odd", input: "nope")) { try odd.check() }
  }

  @Test func addressesThatAreNoFilesAreRefused() throws {
    let classifier = try SmallVideos.classifier()
    let address = try #require(URL(string: "http://example.com/a.mp4"))
    #expect {
      try classifier.classify(address)
    } throws: {
      "\($0)".contains("is not a file")
    }
    for step in [Double.nan, 0, -1, .infinity] {
      let frames = try DecodedVideo(SmallVideos.frames(20), framesPerSecond: 25)
      #expect { try classifier.timeline(of: frames, step: step) } throws: {
        "\($0)".hasPrefix("clips cannot begin every")
      }
    }
  }

  @Test func calibrationTakesFloats() throws {
    let graph = Graph.build(inputs: [GraphInput(name: "ids", type: ValueType(["N", 4], elementType: .int64))]) { $0 }
    let ids = Tensor([1, 2, 3, 4] as [Int64], shape: [1, 4])
    let clips = [Calibration.Clip(name: "ids", inputs: [ids])]
    #expect {
      try Model(name: "ids", graph: graph, weights: [:])
        .deployed(for: .mobileCPU, quantizedBy: Quantizer(), clips: clips)
    } throws: {
      "\($0)".contains("the input ids is int64")
    }
    let float = Graph.build(input: .clip(channels: 3)) { $0.mean(axes: [2, 3, 4]) }
    let whole = Tensor([Int64](repeating: 1, count: 3 * 4), shape: [1, 3, 1, 2, 2])
    #expect {
      try Model(name: "clip", graph: float, weights: [:]).deployed(
        for: .mobileCPU, quantizedBy: Quantizer(), clips: [Calibration.Clip(name: "whole", inputs: [whole])])
    } throws: {
      "\($0)".contains("clip of whole is int64")
    }
  }
}
