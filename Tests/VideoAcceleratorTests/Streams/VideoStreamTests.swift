import CPU
import Foundation
import Preprocessing
import Tensors
import TestSupport
import Testing
import VideoAccelerator

@Suite struct VideoStreamTests {
  private func classifier() throws -> FrameClassifier {
    try FrameClassifier(SmallStreams.model(), options: SmallStreams.plain)
  }

  private func expected(_ frames: [Frame]) throws -> [String] {
    try SmallStreams.texts(classifier().all(frames))
  }

  @Test func predictionsAreThoseOfTheClassifier() async throws {
    let frames = try SmallStreams.frames(40)
    let stream = try VideoStream(classifier(), capacity: 40)
    for frame in frames { stream.push(frame) }
    stream.finish()
    var found: [StreamPrediction] = []
    for try await prediction in stream.predictions { found.append(prediction) }
    #expect(try SmallStreams.texts(found) == expected(frames))
    #expect(found.allSatisfy { $0.latency > .zero })
    #expect(stream.counters.frames == 40)
    #expect(stream.counters.dropped == 0)
    // After the end frames are ignored.
    stream.push(frames[0])
    #expect(stream.counters.frames == 40)
  }

  @Test func theOldestFramesAreDropped() async throws {
    let frames = try SmallStreams.frames(400, rate: 1000)
    let stream = try VideoStream(classifier(), capacity: 2)
    for frame in frames { stream.push(frame) }
    stream.finish()
    for try await _ in stream.predictions {}
    let counters = stream.counters
    #expect(counters.frames + counters.dropped == 400)
    #expect(counters.dropped > 0)
  }

  @Test func anotherStreamContinuesFromSavedState() async throws {
    let frames = try SmallStreams.frames(40)
    let first = try VideoStream(classifier(), capacity: 40)
    for frame in frames[..<23] { first.push(frame) }
    let state = try await first.saveState()
    first.finish()
    let second = try VideoStream(classifier(), capacity: 40)
    await #expect(throws: FormatError.self) { try await second.restoreState(Array(state.dropLast())) }
    try await second.restoreState(state)
    #expect(second.counters.frames == 23)
    for frame in frames[23...] { second.push(frame) }
    second.finish()
    var found: [StreamPrediction] = []
    for try await prediction in first.predictions { found.append(prediction) }
    for try await prediction in second.predictions { found.append(prediction) }
    #expect(try SmallStreams.texts(found) == expected(frames))
    await #expect(throws: CancellationError.self) { try await second.saveState() }
  }

  @Test func aResetIsBetweenFrames() async throws {
    let frames = try SmallStreams.frames(40)
    let stream = try VideoStream(classifier(), capacity: 40)
    for frame in frames[..<23] { stream.push(frame) }
    stream.reset()
    for frame in frames[23...] { stream.push(frame) }
    stream.finish()
    var found: [StreamPrediction] = []
    for try await prediction in stream.predictions { found.append(prediction) }
    let classifier = try classifier()
    let before = try classifier.all(Array(frames[..<23]))
    classifier.reset()
    #expect(try SmallStreams.texts(found) == SmallStreams.texts(before + classifier.all(Array(frames[23...]))))
    #expect(stream.counters.resets == 1)
  }

  @Test func workThatWaitsEndsWithTheStream() async throws {
    let stream = try VideoStream(classifier())
    stream.push(try SmallStreams.frame(0, at: .infinity))
    await #expect(throws: CancellationError.self) { try await stream.saveState() }
  }

  @Test func anErrorEndsTheStream() async throws {
    let stream = try VideoStream(classifier())
    stream.push(try SmallStreams.frame(0, at: .infinity))
    await #expect(throws: StreamError.timestamp) { for try await _ in stream.predictions {} }
    #expect(stream.counters.failures == 1)
  }

  @Test func cancellingTheReaderEndsTheStream() async throws {
    let stream = try VideoStream(classifier(), capacity: 100)
    let frames = try SmallStreams.frames(60)
    let reader = Task {
      var count = 0
      for try await _ in stream.predictions { count += 1 }
      return count
    }
    for frame in frames { stream.push(frame) }
    try await Task.sleep(for: .milliseconds(20))
    reader.cancel()
    _ = try await reader.value
    let before = stream.counters.frames
    for frame in frames { stream.push(frame) }
    #expect(stream.counters.frames <= before + 1)
  }

  @Test func theLastReferenceEndsTheStream() async throws {
    var stream: VideoStream? = try VideoStream(classifier())
    stream?.push(try SmallStreams.frame(0, at: 0))
    let predictions = try #require(stream?.predictions)
    stream = nil
    for try await _ in predictions {}
  }

  @Test(arguments: [0, 1001]) func capacitiesOutOfRangeAreRefused(capacity: Int) throws {
    #expect(throws: StreamError.self) { try VideoStream(classifier(), capacity: capacity) }
  }

  @Test func noFrameOfASequenceIsDropped() async throws {
    let frames = try SmallStreams.frames(30)
    let classifier = try classifier()
    let given = Guarded(0)
    let source = AsyncStream<Frame> {
      given.withLock { number in
        defer { number += 1 }
        return number < frames.count ? frames[number] : nil
      }
    }
    var found: [StreamPrediction] = []
    for try await prediction in classifier.predictions(of: source) {
      found.append(prediction)
      // A frame is asked for when the one before is classified.
      #expect(given.withLock { $0 } == found.count + classifier.warmUpFrames)
    }
    #expect(try SmallStreams.texts(found) == expected(frames))
  }

  @MainActor @Test func anActorCanClassify() async throws {
    let frames = try SmallStreams.frames(20)
    let classifier = try classifier()
    let source = AsyncStream { output in
      for frame in frames { output.yield(frame) }
      output.finish()
    }
    var found: [StreamPrediction] = []
    for try await prediction in classifier.predictions(of: source) { found.append(prediction) }
    #expect(try SmallStreams.texts(found) == expected(frames))
  }

  @Test func errorsOfASequenceArrive() async throws {
    let (source, output) = AsyncThrowingStream<Frame, any Error>.makeStream()
    output.yield(try SmallStreams.frame(0, at: 0))
    output.finish(throwing: NotANumber.example)
    let classifier = try classifier()
    await #expect(throws: NotANumber.self) { for try await _ in classifier.predictions(of: source) {} }
    #expect(classifier.counters.frames == 1)
  }

  @Test func cancellingATaskEndsItsPredictions() async throws {
    let reached = Guarded(0)
    let task = Task {
      let classifier = try FrameClassifier(SmallStreams.model())
      let given = Guarded(0)
      let source = AsyncStream<Frame> {
        given.withLock { number in
          number += 1
          return try? SmallStreams.frame(number, at: Double(number) / 6)
        }
      }
      for try await _ in classifier.predictions(of: source) { reached.withLock { $0 += 1 } }
    }
    while reached.withLock({ $0 }) < 3 { try await Task.sleep(for: .milliseconds(1)) }
    task.cancel()
    // An AsyncStream ends when its task is cancelled; what is classified then throws.
    _ = await task.result
  }

  /// An error of the test's own.
  private enum NotANumber: Error { case example }
}
