import Preprocessing
import Tensors

/// Reads a live video: a network's stream, a camera, a pipe, or a file as if it were one.
///
/// What a ``VideoReader`` needs to know of a file (its length, its frames, their times) a live video does not tell, so there is no
/// seeking and no timeline: frames come one after the other, once, among other events (``LiveEvent``), and all on the thread that
/// calls ``read(wanting:_:)``.
///
/// **Time.** Timestamps are in seconds from the first frame and always ascend. Where the source's clock jumps, or it is lost
/// and comes back, they go on by the time that has passed here.
///
/// **What may go wrong** is told as an event. Damaged packets are counted, a lost source is opened again, after 0.5 s at first
/// and then after longer and longer waits, up to 30 s. Waiting never takes longer than a limit (``LiveOptions/timeLimit``).
/// Memory does not grow with time, whatever comes.
///
/// **What may be opened** follows from the source: a playlist that comes from a network leads to no local file, and a file or a
/// pipe not into the network.
public final class LiveVideo {
  /// The source.
  public let source: LiveSource
  /// What was counted so far.
  public private(set) var counters = LiveCounters()

  private let options: LiveOptions
  private let open: (Watchdog) throws -> any LiveConnection
  private let watchdog: Watchdog
  private let clock = ContinuousClock()
  private let begin: ContinuousClock.Instant
  private var connection: (any LiveConnection)?
  private var timeline: LiveTimeline
  private var properties: LiveProperties?
  /// When the frame at time 0 is, or would have been, due.
  private var firstDue: Double?
  /// The latest time that the source stated for a picture, in seconds.
  private var newest = -Double.infinity
  /// When this connection last gave something new.
  private var progress = 0.0
  private var toldDamage: (count: Int, at: Double)?
  /// What connections before this one counted.
  private var earlierDamage = 0

  private static let secondsBetweenDamage = 10.0
  /// The longest time in seconds that a playlist goes back.
  private static let longestPlaylist = 60.0

  /// Creates a reader; the source is opened by ``read(wanting:_:)``.
  ///
  /// - Parameters:
  ///   - source: The source.
  ///   - options: How it is read.
  ///   - interruption: Called repeatedly while reading and waiting; an error that it throws ends them.
  public convenience init(
    _ source: LiveSource, options: LiveOptions = LiveOptions(), interruption: @escaping () throws -> Void = {}
  ) {
    self.init(source, options: options, interruption: interruption) { watchdog in
      if case .rawFrames(let descriptor, let format) = source {
        return RawConnection(descriptor: descriptor, format: format, watchdog: watchdog)
      }
      return try LiveDecoder(source, transport: options.transport, watchdog: watchdog)
    }
  }

  /// Creates a reader of what `open` opens.
  init(
    _ source: LiveSource, options: LiveOptions, interruption: @escaping () throws -> Void,
    open: @escaping (Watchdog) throws -> any LiveConnection
  ) {
    (self.source, self.options, self.open) = (source, options, open)
    var limit = options.timeLimit
    // Files do not keep anyone waiting.
    if case .file = source { limit = .infinity }
    watchdog = Watchdog(timeLimit: limit, interruption: interruption)
    timeline = LiveTimeline(isLive: source.canReconnect)
    begin = clock.now
  }

  /// Opens the source and reads it to its end.
  ///
  /// - Parameters:
  ///   - wants: Called with the timestamp of each decoded frame; returns whether it is to be converted to RGB and
  ///     delivered, which costs about as much as decoding.
  ///   - handler: Called with each event, on this thread.
  /// - Throws: ``VideoError`` or `FileError` if the source cannot be opened, or was lost and all attempts to open it
  ///   again failed; what `interruption` or `handler` throws.
  public func read(
    wanting wants: (Double) -> Bool = { _ in true }, _ handler: @escaping (LiveEvent) throws -> Void
  ) throws {
    defer { watchdog.stalled = nil }
    defer { connection = nil }
    do { connection = try connect(handler) } catch let error as ConnectionLost {
      throw VideoError.unreachable(name: source.name, reason: error.reason)
    }
    var backoff = Backoff()
    while true {
      let start = now
      progress = start
      do {
        try deliver(wants, handler)
        return try handler(.ended)
      } catch let error as ConnectionLost {
        earlierDamage = counters.damaged
        backoff.connectionHeld(progress - start)
        // A port can be opened again only after it was closed.
        connection = nil
        try handler(.lost(reason: error.reason))
        connection = try reconnect(&backoff, after: error.reason, handler)
      }
    }
  }

  /// The seconds since this reader was created.
  private var now: Double { (clock.now - begin) / .seconds(1) }

  /// Opens the source.
  ///
  /// - Throws: ``ConnectionLost`` if that may succeed another time.
  private func connect(_ handler: @escaping (LiveEvent) throws -> Void) throws -> any LiveConnection {
    watchdog.stalled = nil
    defer {
      watchdog.stalled = { [weak self] seconds in
        self?.counters.stalls += 1
        try handler(.stalled(seconds: seconds))
      }
    }
    do { return try watchdog.watch { try open(watchdog) } } catch is Watchdog.TimedOut {
      throw ConnectionLost(reason: noFrames)
    } catch VideoError.unreachable(_, let reason) where source.canReconnect {
      throw ConnectionLost(reason: reason)
    } catch  where isPassing(error) && properties != nil {
      throw ConnectionLost(reason: "\(error)")
    }
  }

  /// Returns whether an error is about a source that may be better another time.
  private func isPassing(_ error: any Error) -> Bool {
    source.canReconnect && (error is VideoError || error is FileError)
  }

  /// Does what reads the source.
  ///
  /// - Throws: ``ConnectionLost`` if that may succeed with another connection.
  private func reading<Result>(_ work: () throws -> Result) throws -> Result {
    do { return try watchdog.watch(work) } catch is Watchdog.TimedOut {
      throw ConnectionLost(reason: noFrames)
    } catch  where isPassing(error) {
      throw ConnectionLost(reason: "\(error)")
    }
  }

  /// Delivers the frames of the connection until it ends.
  ///
  /// - Throws: ``ConnectionLost`` if it ends before the video does.
  private func deliver(_ wants: (Double) -> Bool, _ handler: (LiveEvent) throws -> Void) throws {
    guard let connection else { return }
    defer { counters.damaged = earlierDamage + connection.damage.count }
    while let picture = try reading({ try connection.next() }) {
      if watchdog.hasStalled { try handler(.resumed(seconds: watchdog.waited)) }
      try compare(picture, of: connection, handler)
      try tellDamage(connection, atOnce: false, handler)
      try deliver(picture, of: connection, wants, handler)
    }
    try tellDamage(connection, atOnce: true, handler)
    if source.canReconnect, !connection.isFinite { throw ConnectionLost(reason: "it ended") }
    if counters.decoded == 0 { throw VideoError.noFrames(path: source.name) }
    if let reason = connection.earlyEnd { try handler(.cutOff(seconds: timeline.end, reason: reason)) }
  }

  private func deliver(
    _ picture: LivePicture, of connection: any LiveConnection, _ wants: (Double) -> Bool,
    _ handler: (LiveEvent) throws -> Void
  ) throws {
    if isNew(picture, of: connection) {
      progress = now
      newest = picture.time ?? newest
    } else if timeline.isReconnecting {
      return
    }
    counters.decoded += 1
    let (seconds, jump) = timeline.timestamp(of: picture.time, arrival: now, frameRate: connection.frameRate)
    if let jump {
      counters.jumps += 1
      try handler(.jumped(seconds: jump))
    }
    if source.isPaced || connection.comesInSegments { try waitUntilDue(seconds, isLate: !source.isPaced) }
    guard wants(seconds) else { return }
    counters.converted += 1
    let frame = try reading { try connection.frame(timestamp: seconds) }
    try handler(.frame(frame))
  }

  /// Returns whether a picture was not there before: a playlist may give those of its last files again.
  private func isNew(_ picture: LivePicture, of connection: any LiveConnection) -> Bool {
    guard connection.comesInSegments, let time = picture.time else { return true }
    return time > newest || time < newest - Self.longestPlaylist
  }

  /// Waits until a frame is due, where frames come faster than they are shown.
  ///
  /// - Parameters:
  ///   - seconds: The frame's timestamp.
  ///   - isLate: Whether a frame that comes late makes all after it due later: those that follow would come in a burst.
  private func waitUntilDue(_ seconds: Double, isLate: Bool) throws {
    let start = firstDue ?? now
    let due = isLate ? max(start, now - seconds) : start
    firstDue = due
    try watchdog.sleep(due + seconds - now)
  }

  /// Tells what is new in a picture.
  private func compare(
    _ picture: LivePicture, of connection: any LiveConnection, _ handler: (LiveEvent) throws -> Void
  ) throws {
    let last = properties
    guard last?.size != picture.size || last?.pixelFormat != picture.pixelFormat else { return }
    timeline.isLive = source.canReconnect && !connection.isFinite
    let properties = LiveProperties(
      codec: connection.codec, pixelFormat: picture.pixelFormat, size: picture.size, frameRate: connection.frameRate,
      isLive: timeline.isLive || source.isPaced)
    self.properties = properties
    guard let last else { return try handler(.opened(properties)) }
    if last.size != picture.size { try handler(.sizeChanged(from: last.size, to: picture.size)) }
    if last.pixelFormat != picture.pixelFormat {
      try handler(.pixelFormatChanged(from: last.pixelFormat, to: picture.pixelFormat))
    }
  }

  private func tellDamage(
    _ connection: any LiveConnection, atOnce: Bool, _ handler: (LiveEvent) throws -> Void
  ) throws {
    let damage = connection.damage
    counters.damaged = earlierDamage + damage.count
    let isTime = toldDamage.map { atOnce || now - $0.at > Self.secondsBetweenDamage } ?? true
    guard counters.damaged > toldDamage?.count ?? 0, isTime else { return }
    toldDamage = (counters.damaged, now)
    try handler(.damaged(count: counters.damaged, reason: damage.reason))
  }

  /// Opens a lost source again.
  private func reconnect(
    _ backoff: inout Backoff, after reason: String, _ handler: @escaping (LiveEvent) throws -> Void
  ) throws -> any LiveConnection {
    let lost = now
    var reason = reason
    timeline.reconnect()
    let attempts = source.canReconnect ? options.attempts : 0
    while attempts.map({ backoff.attempt < $0 }) ?? true {
      let wait = backoff.wait()
      try handler(.reconnecting(attempt: backoff.attempt, seconds: wait, reason: reason))
      try watchdog.sleep(wait)
      do {
        let connection = try connect(handler)
        counters.reconnections += 1
        try handler(.reconnected(seconds: now - lost))
        return connection
      } catch let error as ConnectionLost {
        reason = error.reason
      }
    }
    throw VideoError.lost(name: source.name, reason: reason)
  }

  private var noFrames: String {
    "no frame came for \(options.timeLimit == options.timeLimit.rounded() ? "\(Int(options.timeLimit))" : "\(options.timeLimit)") s"
  }
}
