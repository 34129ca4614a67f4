import CPU
import Foundation
import ModelTestSupport
import Preprocessing
import Tensors
import TestSupport
import Testing
import Video

@testable import VideoAccelerator

/// Batches: their order, their end, and the jobs.
@Suite struct BatchTests {
  private static let names = (0..<100).map { "\($0)" }

  private func batch(in folder: String, _ result: @escaping @Sendable (Int) throws -> JSONObject) throws -> Batch {
    let job = BatchJob(settings: []) { video, interruption in
      try interruption()
      return try result(Int(video.path) ?? -1)
    }
    let list = try BatchList(lines: Array(Self.names.joined(separator: "\n").utf8), name: "list")
    return Batch(list, job: job, files: BatchRecoveryTests.files(in: folder))
  }

  private func paths(in folder: String) throws -> [String] {
    let text = String(decoding: try contents(BatchRecoveryTests.files(in: folder).results), as: UTF8.self)
    return try text.split(separator: "\n").map { line in
      try JSON(parsing: Array(line.utf8), path: "results").document(path: "results").required("path").string()
    }
  }

  @Test func resultsKeepTheListsOrder() throws {
    try withTemporaryFolder { folder in
      let batch = try batch(in: folder) { number in
        Thread.sleep(forTimeInterval: Double(number * 7 % 5) / 1000)
        return [:]
      }
      var counts: [Int] = []
      try batch.run(jobs: 4) { counts.append($0.finished) }
      #expect(try paths(in: folder) == Self.names)
      #expect(counts == Array(0...100))
    }
  }

  /// The first video takes until as many others are done as may be.
  @Test func aSlowVideoDoesNotLetTheOthersRunFarAhead() throws {
    try withTemporaryFolder { folder in
      let (begun, most) = (Guarded(0), Guarded(0))
      let limit = 2 * Batch.waitingVideos
      let batch = try batch(in: folder) { number in
        begun.withLock { $0 += 1 }
        if number == 0 {
          begun.wait(until: { $0 == limit }) { _ in }
          // What would come too early has the time to.
          Thread.sleep(forTimeInterval: 0.05)
          most.withLock { $0 = begun.withLock { $0 } }
        }
        return [:]
      }
      #expect(try batch.run(jobs: 2).isComplete)
      #expect(most.withLock { $0 } == limit)
    }
  }

  @Test func aStoppedBatchKeepsWhatIsFinished() throws {
    try withTemporaryFolder { folder in
      let isStopped = Guarded(false)
      let batch = try batch(in: folder) { _ in [:] }
      let end = try batch.run(jobs: 3) { progress in
        if progress.finished == 30 { isStopped.withLock { $0 = true } }
      } isStopped: {
        isStopped.withLock { $0 }
      }
      #expect((30..<100).contains(end.finished) && !end.isComplete)
      #expect(try paths(in: folder) == Array(Self.names.prefix(end.finished)))
      let rest = try batch.run(.resumed, jobs: 3)
      #expect(rest.isComplete && rest.resumed == end.finished)
      #expect(try paths(in: folder) == Self.names)
    }
  }

  /// What is not about one video ends the batch, with what came before.
  @Test(
    arguments: [
      VideoClassifierError.notFinite(model: "m"), VideoError.outOfMemory(path: "40"),
      FileError(path: "weights.bin", reason: "is a directory"), FileError(path: "40", action: "open", code: EMFILE),
    ] as [any UserFacingError])
  func otherErrorsEndTheBatch(_ error: any UserFacingError) throws {
    try withTemporaryFolder { folder in
      let batch = try batch(in: folder) { if $0 == 40 { throw error } else { [:] } }
      #expect {
        try batch.run(jobs: 2)
      } throws: {
        "\($0)" == "\(error)"
      }
      #expect(try paths(in: folder) == Array(Self.names.prefix(40)))
    }
  }

  @Test func theJobsGiveWhatTheirClassifiersDo() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/clip.mp4"
      try SmallVideos.write(to: path, frames: 60)
      let video = VideoFile(path: path)
      let model = try Model(
        name: "small", graph: SmallModel.architecture.graph(), weights: SmallModel.weights(),
        recipe: SmallVideos.recipe.get(), labels: SmallModel.labels)
      let classes = try VideoClassifier(model).classify(video, views: VideoViews(clips: 2))
      let views = VideoViews(clips: 2)
      let result = try BatchJob.classify(model, views: views, top: 2).result(video) {}
      #expect(result["predictions"]?[0]?["label"] == .string(classes.predictions[0].label))
      #expect(result["predictions"]?[1]?["score"] == .number(Double(classes.predictions[1].score)))
      #expect(result["predictions"]?[2] == nil && result["views"]?["clips"] == 2 && result["decode_ms"] == nil)
      let features = try VideoClassifier(model).features(of: video, views: views)
      let values = try BatchJob.features(model, views: views).result(video) {}["features"]
      #expect(values == .array(features.values.map { .number(Double($0)) }))
      let shots = try ShotDetector(ShotVideos.model()).shots(of: video)
      #expect(try BatchJob.shots(ShotVideos.model()).result(video) {}["shots"] == shots.json)
    }
  }

  @Test func settingsTellModelsAndOptionsApart() throws {
    let model = { (name: String, labels: [String], seed: UInt64?) in
      var weights = try SmallModel.weights()
      if seed != nil, let path = weights.keys.sorted().first {
        weights[path] = weights[path].map { Tensor(zeros: $0.shape) }
      }
      return try Model(
        name: name, graph: SmallModel.architecture.graph(), weights: weights, recipe: SmallVideos.recipe.get(),
        labels: labels)
    }
    let small = try model("small", SmallModel.labels, nil)
    let jobs = try [
      BatchJob.classify(small), .classify(small, precision: .fp16), .classify(small, views: VideoViews(clips: 3)),
      .classify(small, views: VideoViews(crops: SpatialCrop.three)), .classify(small, top: 1), .features(small),
      .classify(model("small", SmallModel.labels.reversed(), nil)), .classify(model("small", SmallModel.labels, 1)),
    ]
    let texts = Set(jobs.map { job in job.settings.map { "\($0.name) \($0.value)" }.joined(separator: "\n") })
    #expect(texts.count == jobs.count)
    #expect(try BatchJob.classify(small, threads: 2).settings.map(\.value) == jobs[0].settings.map(\.value))
  }

  @Test(
    arguments: [
      (
        BatchProgress(total: 200, resumed: 0, finished: 123, failed: 4), 39.6,
        "123 of 200 videos (4 failed), 3.1/s, 00:25 left"
      ),
      (BatchProgress(total: 200, resumed: 100, finished: 110, failed: 0), 10.0, "110 of 200 videos, 1.0/s, 01:30 left"),
      (
        BatchProgress(total: 5000, resumed: 0, finished: 10, failed: 0), 100.0,
        "10 of 5000 videos, 6.0/min, 13:51:40 left"
      ),
      (BatchProgress(total: 200, resumed: 0, finished: 0, failed: 0), 1.0, "0 of 200 videos"),
      (BatchProgress(total: 200, resumed: 0, finished: 200, failed: 0), 0.5, "200 of 200 videos, 400/s, 00:00 left"),
    ])
  func progressIsALineWithTheTimeLeft(_ progress: BatchProgress, _ seconds: Double, _ text: String) {
    #expect(progress.text(after: seconds) == text)
  }
}
