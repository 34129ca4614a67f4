import CPU
import Foundation
import Preprocessing

/// Classifies frames on a thread of its own, as fast as it can: frames that come faster are dropped, the oldest first.
///
/// ```swift
/// let stream = VideoStream(try FrameClassifier(Model("x3d_s")))
/// camera.onFrame = { stream.push($0) }
/// for try await prediction in stream.predictions where prediction.hasChanged { print(prediction.label) }
/// ```
///
/// The thread ends after ``finish()``, with the first error, when the task that reads ``predictions`` is cancelled, and with the
/// last reference to the stream.
public final class VideoStream: Sendable {
  /// The predictions, in the order of time; for one reader. It ends after ``finish()``, and throws what
  /// ``FrameClassifier/push(_:)`` throws.
  public let predictions: AsyncThrowingStream<StreamPrediction, any Error>
  private let queue: Guarded<FrameQueue>

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - classifier: The classifier, which nothing else may use.
  ///   - capacity: The number of frames that wait at most, 1 or more, and of predictions that are not read yet.
  public init(_ classifier: sending FrameClassifier, capacity: Int = 4) {
    precondition(capacity > 0, "a queue needs room for a frame")
    let queue = Guarded(FrameQueue(capacity: capacity))
    self.queue = queue
    let (predictions, output) = AsyncThrowingStream<StreamPrediction, any Error>.makeStream(
      bufferingPolicy: .bufferingNewest(max(capacity, 16)))
    self.predictions = predictions
    output.onTermination = { _ in queue.withLock { $0.cancel() } }
    let worker = StreamWorker(classifier: classifier, queue: queue, output: output)
    let thread = Thread { worker.run() }
    thread.name = "video stream"
    thread.stackSize = 8 << 20
    thread.start()
  }

  deinit { queue.withLock { $0.cancel() } }

  /// Takes a frame, without waiting. If the queue is full, the oldest frame in it is dropped; after the end the frame is.
  ///
  /// - Parameter frame: The frame.
  public func push(_ frame: Frame) { queue.withLock { $0.append(frame) } }

  /// Ends the predictions once all frames in the queue are classified.
  public func finish() { queue.withLock { $0.isFinished = true } }

  /// What the stream has done so far.
  public var counters: StreamCounters { queue.withLock { $0.counters } }

  /// The number of frames that were dropped since they came faster than they could be classified.
  public var droppedFrames: Int { queue.withLock { $0.dropped } }
}

/// The frames that wait.
struct FrameQueue {
  let capacity: Int
  private(set) var frames: [(frame: Frame, arrival: ContinuousClock.Instant)] = []
  private(set) var dropped = 0
  var isFinished = false
  /// What the classifier has counted.
  var counters = StreamCounters()

  init(capacity: Int) { self.capacity = capacity }

  mutating func append(_ frame: Frame) {
    guard !isFinished else { return }
    if frames.count == capacity {
      frames.removeFirst()
      dropped += 1
    }
    frames.append((frame, ContinuousClock.now))
  }

  mutating func next() -> (frame: Frame, arrival: ContinuousClock.Instant)? {
    frames.isEmpty ? nil : frames.removeFirst()
  }

  mutating func cancel() {
    isFinished = true
    frames = []
  }

  var isReady: Bool { isFinished || !frames.isEmpty }
}

/// What a stream's thread does.
///
/// The conformance is unchecked because the classifier is used by that thread alone.
private final class StreamWorker: @unchecked Sendable {
  private let classifier: FrameClassifier
  private let queue: Guarded<FrameQueue>
  private let output: AsyncThrowingStream<StreamPrediction, any Error>.Continuation

  init(
    classifier: FrameClassifier, queue: Guarded<FrameQueue>,
    output: AsyncThrowingStream<StreamPrediction, any Error>.Continuation
  ) {
    self.classifier = classifier
    self.queue = queue
    self.output = output
  }

  func run() {
    while let (frame, arrival) = queue.wait(until: \.isReady, { $0.next() }) {
      do {
        var prediction = try classifier.push(frame)
        queue.withLock { $0.counters = classifier.counters }
        prediction?.latency = ContinuousClock.now - arrival
        if let prediction { output.yield(prediction) }
      } catch {
        output.finish(throwing: error)
        return
      }
    }
    output.finish()
  }
}
