import CPU
import Foundation
import Preprocessing
import Streams

/// Classifies frames on a thread of its own. Frames that come faster than they are classified are dropped, the oldest first.
///
/// ```swift
/// let stream = try VideoStream(FrameClassifier(Model("x3d_s")))
/// camera.onFrame = { stream.push($0) }
/// for try await prediction in stream.predictions where prediction.hasChanged { print(prediction.label) }
/// ```
///
/// The thread ends after ``finish()``, with the first error, when the task that reads ``predictions`` is cancelled, and with
/// the last reference to the stream. Where frames can wait, use `FrameClassifier.predictions(of:)`, which drops none.
public final class VideoStream: Sendable {
  /// The predictions, in the order of time, for one reader; the newest 64 are kept for it. Their latency counts from
  /// ``push(_:)``. They end after ``finish()``, and throw what ``/Streams/FrameClassifier/push(_:)-(Frame)`` throws.
  public let predictions: AsyncThrowingStream<StreamPrediction, any Error>
  private let queue: Guarded<FrameQueue>

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - classifier: The classifier, which from then on belongs to the thread.
  ///   - capacity: The number of frames that may wait, 1 to 1,000.
  /// - Throws: ``/Streams/StreamError/option(_:)``.
  public init(_ classifier: sending FrameClassifier, capacity: Int = 4) throws(StreamError) {
    guard (1...1000).contains(capacity) else { throw .option("the queue is for \(capacity) frames, not 1 to 1000") }
    let queue = Guarded(FrameQueue(capacity: capacity, counters: classifier.counters))
    let (predictions, output) = AsyncThrowingStream<StreamPrediction, any Error>.makeStream(
      bufferingPolicy: .bufferingNewest(64))
    output.onTermination = { _ in queue.withLock { $0.close(keepsFrames: false) } }
    self.queue = queue
    self.predictions = predictions
    let worker = StreamWorker(classifier: classifier, queue: queue, output: output)
    let thread = Thread { worker.run() }
    thread.name = "video stream"
    // The size of a main thread's stack; Apple's systems give other threads less.
    thread.stackSize = 8 << 20
    thread.start()
  }

  deinit { queue.withLock { $0.close(keepsFrames: false) } }

  /// Takes a frame, without waiting for others to be classified. After the end it is ignored.
  ///
  /// - Parameter frame: The frame.
  public func push(_ frame: Frame) { queue.withLock { $0.append(frame) } }

  /// Ends the predictions when all frames that were pushed are classified.
  public func finish() { queue.withLock { $0.close(keepsFrames: true) } }

  /// What happened so far; of frames, those that were classified or dropped.
  public var counters: StreamCounters { queue.withLock(\.counters) }
}

/// The frames that wait to be classified.
private struct FrameQueue {
  /// A frame, and when it came.
  struct Entry {
    let frame: Frame
    let arrival: ContinuousClock.Instant
  }

  private let capacity: Int
  private var entries: [Entry] = []
  private var isClosed = false
  private var dropped: Int
  /// What the classifier has counted, and how many frames were dropped.
  var counters: StreamCounters { didSet { counters.dropped = dropped } }

  init(capacity: Int, counters: StreamCounters) {
    self.capacity = capacity
    self.counters = counters
    dropped = counters.dropped
  }

  mutating func append(_ frame: Frame) {
    guard !isClosed else { return }
    if entries.count == capacity {
      entries.removeFirst()
      dropped += 1
      counters.dropped = dropped
    }
    entries.append(Entry(frame: frame, arrival: .now))
  }

  /// Whether the next frame is there, or none will come.
  var isReady: Bool { isClosed || !entries.isEmpty }

  /// Returns the next frame; nil after the last one.
  mutating func next() -> Entry? { entries.isEmpty ? nil : entries.removeFirst() }

  /// Takes no more frames.
  mutating func close(keepsFrames: Bool) {
    isClosed = true
    if !keepsFrames { entries = [] }
  }
}

/// What a stream's thread does.
///
/// The conformance is unchecked because that thread alone uses the classifier.
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

  /// Classifies frames until there are no more.
  func run() {
    do {
      while let entry = queue.wait(until: \.isReady, { $0.next() }) {
        defer { queue.withLock { $0.counters = classifier.counters } }
        guard var prediction = try classifier.push(entry.frame) else { continue }
        prediction.latency = .now - entry.arrival
        output.yield(prediction)
      }
      output.finish()
    } catch {
      output.finish(throwing: error)
    }
  }
}
