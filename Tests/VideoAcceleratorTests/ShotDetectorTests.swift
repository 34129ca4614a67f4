import Architectures
import CPU
import Foundation
import ModelTestSupport
import TestSupport
import Testing
import Video
import Zoo

@testable import VideoAccelerator

/// Shots of videos in memory and in files.
@Suite struct ShotDetectorTests {
  private static let fixture = (try? Fixture("models/transnetv2.json"))?.cases ?? []
  private static let weights = try? FetchedModel.transNetV2.weights(in: ModelCache())

  private func detector(_ threads: Int = 1) throws -> ShotDetector {
    try ShotDetector(ShotVideos.model(), threads: threads)
  }

  /// The video of the fixtures.
  private static func video(_ example: FixtureCase) throws -> DecodedVideo {
    let seed = try example.seed()
    let frames = try (0..<example.field.required("frames").int()).map {
      try Frame(width: 48, height: 27, pixels: ShotFrames.pixels($0, seed: seed))
    }
    return try DecodedVideo(frames, framesPerSecond: 25)
  }

  private static func expectScores(_ model: Model, of name: String, within tolerance: Double) throws {
    let example = try #require(Self.fixture.first { $0.name == name })
    let found = try ShotDetector(model).shots(of: Self.video(example))
    for (scores, name) in [(found.scores, "scores"), (found.transitionScores, "transition_scores")] {
      let expected = try example.field.required(name).doubles()
      #expect(scores.count == expected.count)
      for (found, expected) in zip(scores, expected) { #expect(abs(Double(found) - expected) < tolerance) }
    }
  }

  @Test func scoresAreThoseOfTheReferenceImplementation() throws {
    var options = TransNetV2Configuration()
    options.filters = 2
    options.hiddenFeatures = 16
    let graph = try Architecture(options).graph()
    let seed = try #require(Self.fixture.first).seed()
    let weights = try RandomWeights.make(
      for: graph, seed: seed, measuringOn: ShotFrames.window(seed: seed))
    try Self.expectScores(
      Model(name: "narrow", graph: graph, weights: weights, recipe: nil), of: "narrow", within: 1e-4)
  }

  @Test(.enabled(if: weights != nil, "the weights are not here (scripts/fetch-transnetv2)"))
  func scoresOfThePublishedWeightsAreThoseOfTheReferenceImplementation() throws {
    try Self.expectScores(Model("transnetv2"), of: "published", within: 1e-4)
  }

  @Test(arguments: (try? Fixture("models/shots.json"))?.cases ?? [])
  func scoresGiveTheShotsOfTheReferenceImplementation(_ example: FixtureCase) throws {
    let scores = try example.field.required("scores").doubles().map { Float($0) }
    let expected = try example.field.required("shots").elements().map { try $0.ints() }
    #expect(VideoShots.ranges(scores, threshold: 0.5).map { [$0.lowerBound, $0.upperBound] } == expected)
  }

  /// Cuts before, at and after the ends of windows, and videos shorter than one.
  @Test(arguments: [[1], [2, 3], [30, 20], [50, 50], [49, 2, 50], [74, 2, 2, 30], [75, 25, 25], [99, 2, 60, 51]])
  func cutsAreFoundWhereverTheyAreInAWindow(lengths: [Int]) throws {
    let shots = try detector().shots(of: DecodedVideo(ShotVideos.frames(lengths), framesPerSecond: 25))
    #expect(shots.shots.map { $0.endFrame - $0.startFrame + 1 } == lengths)
    #expect(shots.shots.first?.startFrame == 0)
    #expect(
      zip(shots.shots, shots.shots.dropFirst()).allSatisfy { $0.endFrame + 1 == $1.startFrame && $0.end == $1.start })
    #expect(shots.scores.count == lengths.reduce(0, +) && abs(shots.framesPerSecond - 25) < 1e-9)
    #expect(shots.shots.dropLast().allSatisfy { $0.score > 0.99 } && (shots.shots.last?.score ?? 1) < 0.01)
  }

  @Test func timesAreThoseOfTheFrames() throws {
    // A second of 5 frames, then one of 20.
    let frames = try ShotVideos.frames([5, 10, 10]).enumerated().map { index, frame in
      let time = index < 5 ? Double(index) * 0.2 : 1 + Double(index - 5) * 0.05
      return try Frame(width: frame.width, height: frame.height, pixels: frame.pixels, timestamp: time)
    }
    let shots = try detector().shots(of: DecodedVideo(frames, lastFrameDuration: 0.05))
    #expect(shots.shots.map(\.start) == [0, 1, 1.5])
    #expect(shots.shots.map(\.startFrame) == [0, 5, 15])
    #expect(shots.shots.map(\.end) == [1, 1.5, 2])
    #expect(shots.duration == 2)
  }

  @Test func filesGiveTheSameShotsWithAnyNumberOfThreads() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/film.mp4"
      try ShotVideos.write([40, 25, 60], to: path)
      let shots = try detector().shots(of: VideoFile(path: path))
      #expect(shots.shots.map(\.startFrame) == [0, 40, 65] && shots.shots.map(\.endFrame) == [39, 64, 124])
      #expect(shots.shots.map(\.start) == [0, 1.6, 2.6] && shots.damage == nil)
      #expect(try detector(2).shots(of: URL(fileURLWithPath: path)).shots == shots.shots)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      #expect(try detector().shots(of: bytes).shots == shots.shots)
      // Cut off, the video has what is left of it.
      let whole = Array(bytes)
      try VideoWriter.write(to: "\(folder)/film.ts", width: 128, height: 72) { writer in
        for frame in try ShotVideos.frames([40, 25, 60]) { try writer.append(frame) }
      }
      let stream = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/film.ts"))
      let part = try detector().shots(of: stream.prefix(stream.count * 3 / 4))
      #expect(part.shots.first?.endFrame == 39 && part.scores.count < 125)
      #expect(throws: VideoError.self) { try detector().shots(of: Data(whole.prefix(100))) }
    }
  }

  @Test func aFileIsScaledAsTheFFmpegCommandDoes() throws {
    let ffmpeg = "/usr/bin/ffmpeg"
    guard FileManager.default.isExecutableFile(atPath: ffmpeg) else { return }
    let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Samples/portrait-pan.mp4").path
    try withTemporaryFolder { folder in
      let process = Process()
      process.executableURL = URL(fileURLWithPath: ffmpeg)
      process.arguments = [
        "-v", "quiet", "-nostdin", "-i", sample, "-pix_fmt", "rgb24", "-s", "48x27", "-f", "rawvideo", "\(folder)/raw",
      ]
      try process.run()
      process.waitUntilExit()
      let expected = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/raw")))
      let reader = try VideoReader(path: sample, scaledTo: FrameSize(width: 48, height: 27))
      var found: [UInt8] = []
      while let frame = try reader.nextFrame() { found += frame.pixels }
      #expect(found == expected)
    }
  }

  @Test func progressEndsWithTheVideoAndACancelledTaskEnds() async throws {
    let video = try DecodedVideo(ShotVideos.frames([60]), framesPerSecond: 25)
    let told = Guarded<[VideoProgress]>([])
    let detector = try detector()
    _ = try await detector.shots(of: video) { progress in told.withLock { $0.append(progress) } }
    #expect(told.withLock { $0.count } == 61 && told.withLock { $0.last }?.seconds == 2.4)
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await detector.shots(of: video).shots
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func otherModelsAndThresholdsAreErrors() throws {
    let other = try Model(
      name: "small", graph: SmallModel.architecture.graph(), weights: SmallModel.weights(), recipe: nil)
    #expect(throws: ShotDetectorError.notADetector(model: "small")) { try ShotDetector(other) }
    let video = try DecodedVideo(ShotVideos.frames([2]), framesPerSecond: 25)
    for threshold in [0, 1, -1, .nan, .infinity] as [Float] {
      #expect(throws: ShotDetectorError.self) { try detector().shots(of: video, threshold: threshold) }
    }
  }
}
