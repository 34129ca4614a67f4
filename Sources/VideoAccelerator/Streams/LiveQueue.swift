import Preprocessing
import Video

/// The frames and other events of a live video that wait to be handled, in order.
struct LiveQueue {
  /// What waits.
  enum Item {
    case event(LiveEvent)
    case frame(Frame, arrival: ContinuousClock.Instant)
  }

  /// The most events that wait besides frames.
  private static let mostEvents = 256

  /// The number of frames that wait at most.
  let capacity: Int
  private(set) var dropped = 0
  /// How reading ended; nil while it goes on.
  var end: Result<Void, any Error>?
  /// Whether nobody will take what comes.
  var isCancelled = false
  /// What the source has counted.
  var counters = LiveCounters()
  private var items: [Item] = []
  private var frameCount = 0
  /// Whether frames are dropped that come too fast; nil until it is known whether the source is live.
  private var dropsFrames: Bool?

  init(capacity: Int, dropsFrames: Bool? = nil) {
    self.capacity = capacity
    self.dropsFrames = dropsFrames
  }

  /// Whether ``next()`` does not wait.
  var isReady: Bool { !items.isEmpty || end != nil }

  /// Returns whether an event can be added now: always a frame of a live source, for which another one is dropped.
  func hasRoom(for event: LiveEvent) -> Bool {
    if isCancelled { return true }
    if case .frame = event { return dropsFrames == true || frameCount < capacity }
    return items.count - frameCount < Self.mostEvents
  }

  /// Adds an event.
  mutating func append(_ event: LiveEvent, counters: LiveCounters) throws {
    try checkCancellation()
    self.counters = counters
    switch event {
    case .frame(let frame):
      if frameCount == capacity { dropOldest() }
      items.append(.frame(frame, arrival: .now))
      frameCount += 1
    case .opened(let properties):
      dropsFrames = dropsFrames ?? properties.isLive
      items.append(.event(event))
    default: items.append(.event(event))
    }
  }

  func checkCancellation() throws { if isCancelled { throw CancellationError() } }

  /// Takes the oldest item; returns nil at the end.
  ///
  /// - Throws: The error that ended reading.
  mutating func next() throws -> Item? {
    guard let item = items.first else {
      try end?.get()
      return nil
    }
    items.removeFirst()
    if case .frame = item { frameCount -= 1 }
    return item
  }

  private mutating func dropOldest() {
    guard let oldest = items.firstIndex(where: { if case .frame = $0 { true } else { false } }) else { return }
    items.remove(at: oldest)
    frameCount -= 1
    dropped += 1
  }
}
