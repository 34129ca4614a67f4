import CPU
import Foundation
import Preprocessing
import Streams
import Video

/// Classifies a live video: a thread reads and decodes it, and the caller's runs the model.
///
/// ```swift
/// let live = try LiveClassifier(LiveSource("rtsp://camera/live"), FrameClassifier(Model("x3d_s")))
/// try live.run { event in
///   if case .prediction(let prediction) = event, prediction.hasChanged { print(prediction.label) }
/// }
/// ```
///
/// Only frames that the model samples are converted to RGB. Frames of a live source that come faster than they can be
/// classified are dropped, the oldest first; those of a file or a pipe wait. After a jump of the source's clock, and when a
/// source comes back, the classifier forgets the past.
public final class LiveClassifier {
  /// What happens while a live video is classified.
  public enum Event: Sendable {
    /// Something that the source tells, other than a frame.
    case source(LiveEvent)
    /// A frame, before the prediction that it gives; frames that the model does not sample only if they are asked for.
    case frame(Frame)
    /// A prediction. Its latency is counted from when its frame was decoded.
    case prediction(StreamPrediction)
  }

  private let source: LiveSource
  private let classifier: FrameClassifier
  private let options: LiveOptions
  private let limits: LiveLimits
  private let convertsAllFrames: Bool
  private let queue: Guarded<LiveQueue>
  private let interruption: @Sendable () throws -> Void

  /// Creates a classifier of a source, which ``run(_:)`` opens.
  ///
  /// - Parameters:
  ///   - source: The source.
  ///   - classifier: The classifier of its frames.
  ///   - options: How the source is read.
  ///   - limits: Where reading ends.
  ///   - convertsAllFrames: Whether all frames are converted and told, and not only those that the model samples.
  ///   - dropsFrames: Whether frames are dropped that come too fast; nil for those of live sources.
  ///   - capacity: The number of frames that wait at most, 1 to 1,000.
  ///   - interruption: Called repeatedly, on two threads; an error that it throws ends ``run(_:)``.
  /// - Throws: ``/Streams/StreamError/option(_:)``.
  public init(
    _ source: LiveSource, _ classifier: FrameClassifier, options: LiveOptions = LiveOptions(),
    limits: LiveLimits = LiveLimits(), convertsAllFrames: Bool = false, dropsFrames: Bool? = nil, capacity: Int = 8,
    interruption: @escaping @Sendable () throws -> Void = {}
  ) throws(StreamError) {
    guard (1...1000).contains(capacity) else { throw .option("the queue is for \(capacity) frames, not 1 to 1000") }
    (self.source, self.classifier, self.options, self.limits) = (source, classifier, options, limits)
    (self.convertsAllFrames, self.interruption) = (convertsAllFrames, interruption)
    queue = Guarded(LiveQueue(capacity: capacity, dropsFrames: dropsFrames))
  }

  deinit { queue.withLock { $0.isCancelled = true } }

  /// What the source counted.
  public var sourceCounters: LiveCounters { queue.withLock { $0.counters } }
  /// What the classifier counted.
  public var counters: StreamCounters { classifier.counters }
  /// The number of frames that were dropped since they came faster than they could be classified.
  public var droppedFrames: Int { queue.withLock { $0.dropped } }

  /// Reads and classifies the source to its end; can be called once.
  ///
  /// - Parameter handler: Called with each event, on this thread; an error that it throws ends the run.
  /// - Throws: What `LiveVideo.read` throws, what ``/Streams/FrameClassifier/push(_:)-(Frame)`` throws, and what `handler` and `interruption`
  ///   throw.
  public func run(_ handler: (Event) throws -> Void) throws {
    defer { queue.withLock { $0.isCancelled = true } }
    startReader()
    while let item = try queue.wait(until: \.isReady, { try $0.next() }) {
      try interruption()
      switch item {
      case .event(let event):
        if event.breaksTime { classifier.reset() }
        try handler(.source(event))
      case .frame(let frame, let arrival):
        try handler(.frame(frame))
        guard var prediction = try classifier.push(frame) else { continue }
        prediction.latency = ContinuousClock.now - arrival
        try handler(.prediction(prediction))
      }
    }
  }

  private func startReader() {
    let (source, options, limits, queue, interruption) = (source, options, limits, queue, interruption)
    let interval = convertsAllFrames ? nil : classifier.frameInterval
    let thread = Thread {
      let reader = LiveReader(source, options: options, limits: limits, samplingEvery: interval, queue: queue)
      let result = Result { try reader.run(interruption) }
      queue.withLock { $0.end = result }
    }
    thread.name = "live video"
    // The size of a main thread's stack; Apple's systems give other threads less.
    thread.stackSize = 8 << 20
    thread.start()
  }
}

/// Where reading a live video ends before the video does.
public struct LiveLimits: Sendable, Equatable {
  /// The seconds from the first frame; nil for no limit.
  public var seconds: Double?
  /// The number of decoded frames; nil for no limit.
  public var frames: Int?

  /// Creates limits.
  ///
  /// - Parameters:
  ///   - seconds: The seconds from the first frame; nil for no limit.
  ///   - frames: The number of decoded frames; nil for no limit.
  public init(seconds: Double? = nil, frames: Int? = nil) {
    self.seconds = seconds
    self.frames = frames
  }
}

extension LiveEvent {
  /// Whether frames after it do not belong to those before.
  var breaksTime: Bool {
    switch self {
    case .jumped, .reconnected: true
    default: false
    }
  }
}
