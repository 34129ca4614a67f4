import IR
import Preprocessing
import Video
import ModelTestSupport
import Foundation
import TestSupport
import Testing
import VideoAccelerator

/// From a video file to labelled scores.
@Suite struct VideoClassifierTests {
  private func model() throws -> Model {
    try Model(
      name: "small", graph: SmallModel.architecture.graph(), weights: SmallModel.weights(),
      recipe: ClipRecipe(frameCount: 4, samplingRate: 5, shortSide: 36, cropSize: 32), labels: SmallModel.labels)
  }

  private func frames(count: Int) throws -> [Frame] {
    try (0..<count).map { index in
      let pixels = (0..<64 * 48 * 3).map { UInt8(truncatingIfNeeded: ($0 / 3 % 64) * 3 + index * 7 + $0 % 3 * 40) }
      return try Frame(width: 64, height: 48, pixels: pixels, timestamp: Double(index) / 25)
    }
  }

  @Test func scoresAreTheMeanOfEachViewsSoftmax() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/clip.mp4"
      try VideoWriter.write(to: path, width: 64, height: 48) { writer in
        for frame in try frames(count: 60) { try writer.append(frame) }
      }
      let model = try model()
      let views = VideoViews(clips: 3, crops: SpatialCrop.three)
      let result = try VideoClassifier(model).classify(VideoFile(path: path), views: views)
      var expected = [Float](repeating: 0, count: 5)
      let reader = try VideoReader(path: path)
      try reader.forEachClip(count: 3, recipe: try #require(model.recipe), crops: SpatialCrop.three) { clip in
        #expect(clip.shape == [3, 3, 4, 32, 32])
        let logits = try Interpreter(model.graph, weights: model.weights).run([clip])[0]
        let scores: [Float] = Reference.softmax(logits, axis: 1).elements()
        for (index, score) in scores.enumerated() { expected[index % 5] += score / 9 }
      }
      #expect(result.predictions.map(\.score) == result.predictions.map(\.score).sorted(by: >))
      for prediction in result.predictions {
        #expect(abs(prediction.score - expected[prediction.index]) < 1e-5)
        #expect(prediction.label == SmallModel.labels[prediction.index])
      }
      #expect(abs(result.duration - 2.4) < 0.01)
      for threads in [2, 3] {
        let same = try VideoClassifier(model, threads: threads).classify(VideoFile(path: path), views: views)
        #expect(same.predictions == result.predictions, "\(threads) threads")
      }
    }
  }

  @Test(arguments: [1, 3, 17, 40])
  func rawFramesAreClassifiedInConsecutiveClips(frameCount: Int) throws {
    let model = try model()
    let frames = try frames(count: frameCount)
    // A clip spans 4 × 5 frames at 30 per second, so 17 of the stream's 25 per second.
    let span = 17
    let pipe = Pipe()
    let bytes = Data(frames.flatMap(\.pixels))
    DispatchQueue.global().async {
      pipe.fileHandleForWriting.write(bytes)
      try? pipe.fileHandleForWriting.close()
    }
    let reader = RawFrameReader(
      descriptor: pipe.fileHandleForReading.fileDescriptor,
      format: try RawVideoFormat(width: 64, height: 48, framesPerSecond: 25))
    let result = try VideoClassifier(model).classify(reader)
    let clips = stride(from: 0, to: max(1, frameCount - span + 1), by: span).map {
      Array(frames[$0..<min($0 + span, frameCount)])
    }
    var expected = [Float](repeating: 0, count: 5)
    for clip in clips {
      let tensor = try Tensor.clip(of: clip, recipe: try #require(model.recipe))
      let logits = try Interpreter(model.graph, weights: model.weights).run([tensor])[0]
      let scores: [Float] = Reference.softmax(logits, axis: 1).elements()
      for (index, score) in scores.enumerated() { expected[index] += score / Float(clips.count) }
    }
    for prediction in result.predictions { #expect(abs(prediction.score - expected[prediction.index]) < 1e-5) }
  }
}
