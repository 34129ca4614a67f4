import Testing

@testable import Video

/// What live videos are made of, without a video.
@Suite struct LiveTimelineTests {
  /// Returns the timestamps of frames with times and arrivals, and the jumps.
  private func times(
    _ frames: [(time: Double?, arrival: Double)], isLive: Bool, frameRate: Double = 0
  ) -> (seconds: [Double], jumps: [Double?]) {
    var timeline = LiveTimeline(isLive: isLive)
    let results = frames.map { timeline.timestamp(of: $0.time, arrival: $0.arrival, frameRate: frameRate) }
    return (results.map { ($0.seconds * 1000).rounded() / 1000 }, results.map { $0.jump.map { $0.rounded() } })
  }

  @Test func timeIsTheSourcesOwn() {
    let (seconds, jumps) = times([(100, 0), (100.04, 3), (100.5, 3), (130, 3)], isLive: false)
    #expect(seconds == [0, 0.04, 0.5, 30] && jumps == [nil, nil, nil, nil])
  }

  @Test func timeAscendsWhereFramesAreDisordered() {
    let (seconds, jumps) = times([(5, 0), (5.04, 0), (5.04, 0), (4.96, 0), (5.2, 0)], isLive: false)
    #expect(seconds == [0, 0.04, 0.041, 0.042, 0.2] && jumps == [nil, nil, nil, nil, nil])
  }

  @Test func aJumpIsToldAndTimeGoesOn() {
    let file = times([(100, 0), (100.04, 0), (3, 0), (3.04, 0), (503, 0), (503.04, 0)], isLive: false)
    #expect(file.seconds == [0, 0.04, 0.08, 0.12, 0.16, 0.2])
    #expect(file.jumps == [nil, nil, -97, nil, 500, nil])
    let live = times([(100, 10), (100.04, 10.04), (3, 10.14), (3.04, 10.18), (503, 11.18)], isLive: true)
    #expect(live.seconds == [0, 0.04, 0.14, 0.18, 1.18] && live.jumps == [nil, nil, -97, nil, 500])
  }

  @Test func aGapOfALiveVideoIsNone() {
    let (seconds, jumps) = times([(1, 0), (1.04, 0.04), (9, 8), (9.04, 8)], isLive: true)
    #expect(seconds == [0, 0.04, 8, 8.04] && jumps == [nil, nil, nil, nil])
  }

  @Test func framesWithoutATimeComeWhenTheyArrive() {
    #expect(times([(nil, 5), (nil, 5.1), (nil, 5.1)], isLive: true).seconds == [0, 0.1, 0.101])
    #expect(times([(nil, 5), (nil, 5.1), (nil, 5.1)], isLive: false).seconds == [0, 0.04, 0.08])
    #expect(times([(nil, 5), (nil, 5.1)], isLive: false, frameRate: 50).seconds == [0, 0.02])
  }

  @Test func timeGoesOnAfterAReconnection() {
    var timeline = LiveTimeline(isLive: true)
    _ = timeline.timestamp(of: 50, arrival: 0, frameRate: 0)
    timeline.reconnect()
    #expect(timeline.timestamp(of: 7, arrival: 4, frameRate: 0) == (4, nil))
    #expect(timeline.timestamp(of: 7.5, arrival: 4.5, frameRate: 0) == (4.5, nil))
  }

  @Test func waitsGrowToALimitAndStartOver() {
    var backoff = Backoff()
    let waits = (0..<10).map { _ in backoff.wait() }
    for (wait, expected) in zip(waits, [0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30]) {
      #expect((0.8 * expected...1.2 * expected).contains(wait))
    }
    #expect(backoff.attempt == 10)
    backoff.connectionHeld(5)
    #expect(backoff.attempt == 10)
    backoff.connectionHeld(31)
    #expect(backoff.attempt == 0)
  }

  @Test(arguments: [
    ("rtsp://me:pass@cam.example:554/live", "rtsp://cam.example:554/live"),
    ("rtsp://me:p@ss@cam/live", "rtsp://cam/live"), ("rtsp://me:pa/ss@cam/live", "rtsp://cam/live"),
    ("https://host/@channel/live.m3u8?token=abc#x", "https://host/@channel/live.m3u8"),
    ("srt://[::1]:9000?passphrase=abc", "srt://[::1]:9000"), ("udp://239.0.0.1:1234", "udp://239.0.0.1:1234"),
    ("RTMP://host/app/key", "RTMP://host/app/key"),
  ])
  func addressesAreNamedWithoutSecrets(url: String, name: String) throws {
    #expect(NetworkAddress(url)?.name == name)
    #expect(try LiveSource(url) == .stream(url: url))
  }

  @Test func noProtocolReachesFiles() {
    for scheme in ["http", "rtsp", "rtmp", "udp", "rtp", "tcp", "srt"] {
      let protocols = NetworkAddress("\(scheme)://x")?.protocols.split(separator: ",") ?? []
      #expect(
        !protocols.isEmpty && !protocols.contains { ["file", "pipe", "fd", "concat", "subfile", "data"].contains($0) })
    }
  }

  @Test func sourcesAreReadFromText() throws {
    #expect(try LiveSource("-") == .pipe(descriptor: 0))
    let format = try RawVideoFormat("4x3@10")
    #expect(try LiveSource("-", rawFormat: format) == .rawFrames(descriptor: 0, format: format))
    #expect(try LiveSource("/dev/video0") == .camera(path: "/dev/video0"))
    #expect(try LiveSource("a:b.mp4", isPaced: true) == .file(path: "a:b.mp4", isPaced: true))
    for text in ["file:///etc/passwd", "concat://a", "foo://x"] {
      #expect(throws: VideoError.self) { try LiveSource(text) }
    }
    #expect(throws: VideoError.self) { try LiveSource("a.mp4", rawFormat: format) }
  }
}
