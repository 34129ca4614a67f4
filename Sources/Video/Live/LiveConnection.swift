import Preprocessing

/// An open source.
protocol LiveConnection: AnyObject {
  var codec: String { get }
  /// The frame rate that the source states, or 0.
  var frameRate: Double { get }
  /// Whether the source has an end of its own; one without it that ends was lost.
  var isFinite: Bool { get }
  /// Whether frames come some seconds at once, as those of a playlist's files do.
  var comesInSegments: Bool { get }
  /// Why it ended before the end that the source has; nil if it did not, or that is unknown.
  var earlyEnd: String? { get }
  /// The number of errors so far, and the first one.
  var damage: (count: Int, reason: String) { get }

  /// Decodes the next picture, or returns nil at the end.
  ///
  /// - Throws: ``ConnectionLost``, ``VideoError``, and what interrupts waiting.
  func next() throws -> LivePicture?

  /// Returns the last picture as a frame.
  func frame(timestamp: Double) throws -> Frame
}

/// A decoded picture, before its colors are converted.
struct LivePicture {
  /// Its time according to the source, in seconds; nil if the source states none.
  let time: Double?
  /// Its size as it is shown.
  let size: FrameSize
  let pixelFormat: String
}

/// Reading failed.
struct ConnectionLost: Error {
  let reason: String
}

/// Raw frames from a descriptor.
final class RawConnection: LiveConnection {
  let codec = "rawvideo"
  let isFinite = true
  let comesInSegments = false
  let earlyEnd: String? = nil
  private let reader: RawFrameReader
  private var last: Frame?

  init(descriptor: Int32, format: RawVideoFormat, watchdog: Watchdog) {
    reader = RawFrameReader(descriptor: descriptor, format: format) { try watchdog.check() }
  }

  var frameRate: Double { reader.format.framesPerSecond }
  var damage: (count: Int, reason: String) { reader.damage.map { (1, "\($0)") } ?? (0, "") }

  func next() throws -> LivePicture? {
    last = try reader.nextFrame()
    return last.map {
      LivePicture(time: $0.timestamp, size: FrameSize(width: $0.width, height: $0.height), pixelFormat: "rgb24")
    }
  }

  func frame(timestamp: Double) throws -> Frame {
    let format = reader.format
    return try Frame(width: format.width, height: format.height, pixels: last?.pixels ?? [], timestamp: timestamp)
  }
}
