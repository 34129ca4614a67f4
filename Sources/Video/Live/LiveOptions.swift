/// How a live video is read.
public struct LiveOptions: Sendable, Hashable {
  /// How RTSP carries a video.
  public enum Transport: String, Sendable, CaseIterable {
    /// Within the connection: nothing is lost, and firewalls let it through.
    case tcp
    /// In datagrams, with less delay: some may be lost.
    case udp
  }

  /// The seconds without a frame, also while the source is being opened, after which it counts as lost. A stall is told
  /// after a fifth of it.
  public var timeLimit: Double
  /// The number of attempts to open a lost source again; nil for no limit, 0 for none.
  public var attempts: Int?
  /// How RTSP carries the video.
  public var transport: Transport

  /// Creates options.
  ///
  /// - Parameters:
  ///   - timeLimit: The seconds without a frame after which a source counts as lost.
  ///   - attempts: The number of attempts to open a lost source again; nil for no limit, 0 for none.
  ///   - transport: How RTSP carries the video.
  public init(timeLimit: Double = 10, attempts: Int? = nil, transport: Transport = .tcp) {
    self.timeLimit = timeLimit
    self.attempts = attempts
    self.transport = transport
  }
}
