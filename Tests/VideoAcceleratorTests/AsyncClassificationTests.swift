import ModelTestSupport
import CPU
import Preprocessing
import Video
import Foundation
import TestSupport
import Testing
import VideoAccelerator

/// Videos that are classified beside other tasks.
@Suite struct AsyncClassificationTests {
  /// A video that counts the frames that it gives, and calls back at one of them.
  private struct CountedVideo: VideoInput, FrameSource {
    let video: DecodedVideo
    let given = Guarded(0)
    let callsAt: Int
    let callback: @Sendable () -> Void

    var info: VideoInfo { video.info }
    var timeline: FrameTimeline { video.timeline }
    var damage: VideoError? { nil }

    func decodeFrames(_ numbers: [Int], _ body: (Int, Frame) throws -> Void) throws {
      try video.decodeFrames(numbers) { number, frame in
        let count = given.withLock {
          $0 += 1
          return $0
        }
        if count == callsAt { callback() }
        try body(number, frame)
      }
    }

    func openVideo(threads: Int, interruption: @escaping @Sendable () throws -> Void) throws -> any FrameSource { self }
  }

  @Test(arguments: [1, 2]) func videosAtTheSameTimeGiveWhatTheyGiveAlone(threads: Int) async throws {
    let executor = try Executor(threads: 2)
    let classifier = try SmallVideos.classifier(threads: threads, executor: executor)
    let videos = try (0..<8).map { try DecodedVideo(SmallVideos.frames(40 + 5 * $0, seed: $0), framesPerSecond: 25) }
    let expected = try videos.map { video in try classifySync(classifier, video) }
    let found = try await withThrowingTaskGroup(of: (Int, [Prediction]).self) { group in
      for (number, video) in videos.enumerated() {
        group.addTask { (number, try await classifier.classify(video).predictions) }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    for number in videos.indices { #expect(found[number] == expected[number]) }
  }

  private func classifySync(_ classifier: VideoClassifier, _ video: some VideoInput) throws -> [Prediction] {
    try classifier.classify(video).predictions
  }

  @Test(arguments: [1, 2]) func progressComesInOrderAndEndsWithTheVideo(threads: Int) async throws {
    let classifier = try SmallVideos.classifier(threads: threads)
    let video = try DecodedVideo(SmallVideos.frames(75), framesPerSecond: 25)
    let told = Guarded<[VideoProgress]>([])
    let progress = { @Sendable (progress: VideoProgress) in told.withLock { $0.append(progress) } }
    let seen = try await classifier.classify(video, progress: progress).seen.count
    let seconds = told.withLock { $0.map(\.seconds) }
    #expect(seconds == seconds.sorted() && seconds.count == seen + 1)
    #expect(seconds.first == 0 && seconds.last == 3)
    #expect(told.withLock { $0.allSatisfy { $0.duration == 3 } })
    told.withLock { $0 = [] }
    let moments = try await classifier.timeline(of: video, progress: progress).moments.count
    #expect(told.withLock { $0.count } == moments + 1)
    told.withLock { $0 = [] }
    _ = try await classifier.features(of: video, progress: progress)
    #expect(told.withLock { $0.count } == seen + 1)
  }

  @Test(arguments: [1, 2]) func aCancelledTaskStopsWithinAFrameAndGivesBackWhatItHas(threads: Int) async throws {
    let executor = try Executor(threads: 2)
    let classifier = try SmallVideos.classifier(threads: threads, executor: executor)
    let isCancelled = DispatchSemaphore(value: 0), isReached = AsyncStream.makeStream(of: Void.self)
    let video = try CountedVideo(
      video: DecodedVideo(SmallVideos.frames(200), framesPerSecond: 25), callsAt: 10,
      callback: {
        isReached.continuation.finish()
        isCancelled.wait()
      })
    let task = Task { try await classifier.classify(video).predictions }
    for await _ in isReached.stream {}
    task.cancel()
    isCancelled.signal()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(video.given.withLock { $0 } == 10)
    // All threads of the executor are free.
    let model = try Model(
      name: "small", graph: SmallModel.architecture.graph(), weights: SmallModel.weights(),
      recipe: SmallVideos.recipe.get())
    #expect(try model.run([Tensor(zeros: [1, 3, 4, 32, 32])], threads: 2, executor: executor)[0].shape == [1, 5])
  }

  @Test func aTaskThatIsCancelledBeforeDoesNothing() async throws {
    let classifier = try SmallVideos.classifier()
    let video = try CountedVideo(
      video: DecodedVideo(SmallVideos.frames(40), framesPerSecond: 25), callsAt: 0, callback: {})
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await classifier.timeline(of: video).moments.count
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(video.given.withLock { $0 } == 0)
  }

  @Test func filesAreLeftInTheMiddle() async throws {
    let folder = try FileManager.default.url(
      for: .itemReplacementDirectory, in: .userDomainMask, appropriateFor: FileManager.default.temporaryDirectory,
      create: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appendingPathComponent("long.mp4")
    try SmallVideos.write(to: url.path, frames: 500)
    let classifier = try SmallVideos.classifier(threads: 2)
    let told = Guarded(0)
    let (isReached, continuation) = AsyncStream.makeStream(of: Void.self)
    let isCancelled = DispatchSemaphore(value: 0)
    let task = Task {
      try await classifier.timeline(of: url, step: 0.04) { _ in
        guard
          told.withLock({
            $0 += 1; return $0
          }) == 10
        else { return }
        // The work waits here until it is cancelled, however slow the machine is.
        continuation.yield()
        isCancelled.wait()
      }
    }
    for await _ in isReached { break }
    task.cancel()
    isCancelled.signal()
    await #expect(throws: CancellationError.self) { _ = try await task.value }
    #expect(told.withLock { $0 } < 60)
  }
}
