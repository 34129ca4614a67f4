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
  private let queue: Guarded<StreamQueue>

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - classifier: The classifier, which from then on belongs to the thread.
  ///   - capacity: The number of frames that may wait, 1 to 1,000.
  /// - Throws: ``/Streams/StreamError/option(_:)``.
  public init(_ classifier: sending FrameClassifier, capacity: Int = 4) throws(StreamError) {
    guard (1...1000).contains(capacity) else { throw .option("the queue is for \(capacity) frames, not 1 to 1000") }
    let queue = Guarded(StreamQueue(capacity: capacity, counters: classifier.counters))
    let (predictions, output) = AsyncThrowingStream<StreamPrediction, any Error>.makeStream(
      bufferingPolicy: .bufferingNewest(64))
    output.onTermination = { _ in queue.withLock { $0.close(keepsEntries: false) } }
    self.queue = queue
    self.predictions = predictions
    let worker = StreamWorker(classifier: classifier, queue: queue, output: output)
    let thread = Thread { worker.run() }
    thread.name = "video stream"
    // The size of a main thread's stack; Apple's systems give other threads less.
    thread.stackSize = 8 << 20
    thread.start()
  }

  deinit { queue.withLock { $0.close(keepsEntries: false) } }

  /// Takes a frame, without waiting for others to be classified. After the end it is ignored.
  ///
  /// - Parameter frame: The frame.
  public func push(_ frame: Frame) { queue.withLock { $0.append(frame) } }

  /// Forgets the frames before the next one that is pushed, such as after a change of scene that timestamps do not tell.
  public func reset() { queue.withLock { $0.append { $0?.reset() } } }

  /// Returns all that predictions depend on after the frames that were pushed so far; see
  /// ``/Streams/FrameClassifier/saveState()``.
  ///
  /// - Throws: What ``/Streams/FrameClassifier/saveState()`` throws, and `CancellationError` if the stream has ended, or ends
  ///   before these frames are classified.
  public func saveState() async throws -> [UInt8] { try await withClassifier { try $0.saveState() } }

  /// Continues from what a stream or a classifier of the same model and options has saved, with the next frame that is pushed.
  ///
  /// - Parameter bytes: What `saveState()` returned.
  /// - Throws: What ``/Streams/FrameClassifier/restoreState(_:)`` throws; the stream then goes on unchanged. `CancellationError`
  ///   as ``saveState()``.
  public func restoreState(_ bytes: [UInt8]) async throws { try await withClassifier { try $0.restoreState(bytes) } }

  /// Returns what the thread makes with its classifier after the frames that were pushed so far.
  private func withClassifier<Result: Sendable>(
    _ body: @escaping @Sendable (FrameClassifier) throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      queue.withLock { queue in
        queue.append { classifier in
          continuation.resume(
            with: .init {
              guard let classifier else { throw CancellationError() }
              return try body(classifier)
            })
        }
      }
    }
  }

  /// Ends the predictions when all frames that were pushed are classified.
  public func finish() { queue.withLock { $0.close(keepsEntries: true) } }

  /// What happened so far; of frames, those that were classified or dropped.
  public var counters: StreamCounters { queue.withLock(\.counters) }
}

/// What waits for a stream's thread: frames, and other work between them.
private struct StreamQueue {
  /// Work with the classifier; without one if the stream has ended before.
  typealias Work = @Sendable (FrameClassifier?) -> Void

  enum Entry {
    case frame(Frame, arrival: ContinuousClock.Instant)
    case work(Work)
  }

  private let capacity: Int
  private var entries: [Entry] = []
  private var frameCount = 0
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
    if frameCount == capacity, let oldest = entries.firstIndex(where: \.isFrame) {
      entries.remove(at: oldest)
      frameCount -= 1
      dropped += 1
      counters.dropped = dropped
    }
    entries.append(.frame(frame, arrival: .now))
    frameCount += 1
  }

  mutating func append(_ work: @escaping Work) {
    if isClosed { work(nil) } else { entries.append(.work(work)) }
  }

  /// Whether the next entry is there, or none will come.
  var isReady: Bool { isClosed || !entries.isEmpty }

  /// Returns the next entry; nil after the last one.
  mutating func next() -> Entry? {
    guard !entries.isEmpty else { return nil }
    let entry = entries.removeFirst()
    if entry.isFrame { frameCount -= 1 }
    return entry
  }

  /// Takes no more entries.
  mutating func close(keepsEntries: Bool) {
    isClosed = true
    guard !keepsEntries else { return }
    let left = entries
    (entries, frameCount) = ([], 0)
    for case .work(let work) in left { work(nil) }
  }
}

extension StreamQueue.Entry {
  var isFrame: Bool { if case .frame = self { true } else { false } }
}

/// What a stream's thread does.
///
/// The conformance is unchecked because that thread alone uses the classifier.
private final class StreamWorker: @unchecked Sendable {
  private let classifier: FrameClassifier
  private let queue: Guarded<StreamQueue>
  private let output: AsyncThrowingStream<StreamPrediction, any Error>.Continuation

  init(
    classifier: FrameClassifier, queue: Guarded<StreamQueue>,
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
        switch entry {
        case .work(let work): work(classifier)
        case .frame(let frame, let arrival):
          guard var prediction = try classifier.push(frame) else { continue }
          prediction.latency = .now - arrival
          output.yield(prediction)
        }
      }
      output.finish()
    } catch {
      queue.withLock { $0.close(keepsEntries: false) }
      output.finish(throwing: error)
    }
  }
}
