import Foundation
import Preprocessing
import Testing

@testable import Video

/// Live videos over the loopback interface, and from pipes and files.
@Suite struct LiveVideoTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The bytes of a short MPEG-TS file.
  private func stream(frames: Int = 25, width: Int = 64, height: Int = 48, startingAt start: Double = 0) throws -> Data
  {
    let path = try writeVideo(
      folder.path("\(UUID().uuidString).ts"), frames: frames, width: width, height: height,
      encoding: VideoEncoding(framesPerSecond: 25, keyFrameInterval: 5),
      times: (0..<frames).map { start + Double($0) / 25 })
    return try Data(contentsOf: URL(fileURLWithPath: path))
  }

  @Test func aBadStreamIsTold() throws {
    let (first, larger, finer) = try (stream(), stream(width: 96), stream(width: 63))
    let port = try LoopbackSocket.freePort(Int32(SOCK_DGRAM.rawValue))
    let sender = try LoopbackSocket(Int32(SOCK_DGRAM.rawValue))
    let log = try LiveLog(
      LiveSource("udp://127.0.0.1:\(port)"), options: LiveOptions(timeLimit: 2.5, attempts: 10))
    // A receiver must be there before anything is sent.
    try log.wait(while: { sender.send(first, to: port) }, for: { if case .frame = $0 { true } else { false } })
    guard case .opened(let properties) = log.events[0] else { throw LiveLog.Missing(notes: "\(log.notes)") }
    #expect(properties.codec == "h264" && properties.pixelFormat == "yuv420p" && properties.isLive)
    #expect(properties.size == FrameSize(width: 64, height: 48))
    // It begins anew, and time goes back.
    try log.wait(while: { sender.send(first, to: port) }, for: { if case .jumped(..<0) = $0 { true } else { false } })
    try log.wait(
      while: { sender.send(larger, to: port) },
      for: { $0 == .sizeChanged(from: FrameSize(width: 64, height: 48), to: FrameSize(width: 96, height: 48)) })
    // An odd width has a color for each pixel.
    try log.wait(
      while: { sender.send(finer, to: port) }, for: { $0 == .pixelFormatChanged(from: "yuv420p", to: "yuv444p") })
    try log.wait(
      while: { sender.send(finer, to: port) { $0 % 3 != 1 } }, for: { if case .damaged = $0 { true } else { false } })
    // Nothing is sent for a while.
    var count = log.events.count
    try log.wait(after: count, for: { if case .stalled = $0 { true } else { false } })
    try log.wait(
      after: count, while: { sender.send(first, to: port) }, for: { if case .resumed = $0 { true } else { false } })
    count = log.events.count
    try log.wait(after: count, for: { if case .lost = $0 { true } else { false } })
    try log.wait(
      after: count, while: { sender.send(first, to: port) },
      for: { if case .reconnected = $0 { true } else { false } })
    count = log.events.count
    try log.wait(
      after: count, while: { sender.send(first, to: port) }, for: { if case .frame = $0 { true } else { false } })
    log.stop()
    #expect(log.error is LiveLog.Stop)
    let times = log.frames.map(\.timestamp)
    #expect(times[0] == 0 && zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
    #expect(Set(log.frames.map(\.width)) == [63, 64, 96])
  }

  @Test func aStreamThatEndsAndComesBackGoesOn() throws {
    let bytes = try stream()
    let server = try LoopbackServer([bytes, bytes])
    let log = try LiveLog(LiveSource("tcp://127.0.0.1:\(server.port)"), options: LiveOptions(timeLimit: 5, attempts: 2))
    log.end()
    #expect(log.frames.count == 50)
    let times = log.frames.map(\.timestamp)
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 } && times[25] > times[24] + 0.3)
    guard case .lost(let name, _)? = log.error as? VideoError else { throw LiveLog.Missing(notes: "\(log.notes)") }
    #expect(name == "tcp://127.0.0.1:\(server.port)")
    let attempts = log.notes.compactMap { if case .reconnecting(let attempt, _, _) = $0 { attempt } else { nil } }
    #expect(attempts == [1, 2], "\(log.notes)")
    #expect(log.notes.contains { if case .reconnected = $0 { true } else { false } })
  }

  @Test func whatCannotBeOpenedIsATypedErrorWithoutPasswords() throws {
    let port = try LoopbackSocket.freePort(Int32(SOCK_STREAM.rawValue))
    for scheme in ["tcp", "rtsp", "http", "rtmp"] {
      let log = try LiveLog(
        LiveSource("\(scheme)://me:secret@127.0.0.1:\(port)/x?key=secret"), options: LiveOptions(timeLimit: 5))
      log.end()
      let error = try #require(log.error as? VideoError)
      #expect("\(error)".hasPrefix("\(scheme)://127.0.0.1:\(port)/x cannot be opened: "), "\(error)")
      #expect(!error.isBadInput && log.events.isEmpty)
    }
    let silent = try LiveLog(
      LiveSource("udp://127.0.0.1:\(try LoopbackSocket.freePort(Int32(SOCK_DGRAM.rawValue)))"),
      options: LiveOptions(timeLimit: 0.5))
    silent.end()
    #expect("\(try #require(silent.error))".hasSuffix("cannot be opened: no frame came for 0.5 s"))
    let camera = LiveLog(.camera(path: "/dev/video-none"), options: LiveOptions())
    camera.end()
    #expect("\(try #require(camera.error))".contains("/dev/video-none cannot be opened"))
  }

  /// A playlist from a network must not show what is in a file.
  @Test func playlistsOfANetworkLeadToNoFiles() throws {
    let path = folder.path("a.ts")
    try stream().write(to: URL(fileURLWithPath: path))
    for place in [
      "file:\(path)", "file://\(path)", path, "concat:\(path)", "crypto:file:\(path)",
      "subfile,,start,0,end,0,,:\(path)",
    ] {
      let playlist = Data("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n\(place)\n#EXT-X-ENDLIST\n".utf8)
      let server = try LoopbackServer([LoopbackServer.http(playlist, type: "application/vnd.apple.mpegurl")])
      let log = try LiveLog(
        LiveSource("http://127.0.0.1:\(server.port)/a.m3u8"), options: LiveOptions(timeLimit: 5, attempts: 0))
      log.end()
      #expect(log.events.isEmpty && log.error is VideoError, "\(place): \(log.events.count) \(log.notes)")
    }
  }

  /// A video that the server has as a whole has an end.
  @Test func aFileOfAServerEnds() throws {
    let path = try writeVideo(folder.path("a.mp4"), frames: 25)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let server = try LoopbackServer([LoopbackServer.http(bytes, type: "video/mp4")])
    let log = try LiveLog(LiveSource("http://127.0.0.1:\(server.port)/a.mp4"), options: LiveOptions(timeLimit: 5))
    log.end()
    #expect(log.error == nil && log.frames.count == 25 && log.notes.last == .ended)
  }

  @Test(arguments: ["mp4", "mkv", "ts", "avi"]) func filesGiveTheFramesOfAReader(container: String) throws {
    let path = try writeVideo(folder.path("a.\(container)"), frames: 30)
    let log = LiveLog(.file(path: path, isPaced: false), options: LiveOptions())
    log.end()
    let frames = try allFrames(VideoReader(path: path))
    #expect(log.error == nil && log.frames.map(\.pixels) == frames.map(\.pixels))
    let times = zip(log.frames, frames).map { $0.timestamp - $1.timestamp }
    #expect(times.allSatisfy { abs($0) < 1e-6 }, "\(times)")
    #expect(log.notes.count == 2 && log.notes.last == .ended)
  }

  @Test func framesThatNobodyWantsAreNotConverted() throws {
    let path = try writeVideo(folder.path("a.mkv"), frames: 30)
    let video = LiveVideo(.file(path: path, isPaced: false))
    nonisolated(unsafe) var times: [Double] = []
    try video.read(wanting: { $0 >= 0.5 }) { event in
      if case .frame(let frame) = event { times.append(frame.timestamp) }
    }
    #expect(times.count == 17 && times[0] == 0.52)
    #expect(video.counters.decoded == 30 && video.counters.converted == 17)
  }

  @Test func aPacedFileTakesItsTime() throws {
    let path = try writeVideo(folder.path("a.mkv"), frames: 10)
    let start = ContinuousClock.now
    let log = LiveLog(.file(path: path, isPaced: true), options: LiveOptions())
    log.end()
    #expect(log.frames.count == 10 && ContinuousClock.now - start >= .milliseconds(360))
  }

  @Test func aPipeBringsContainersAndRawFrames() throws {
    let bytes = try stream()
    let pipe = Pipe()
    Thread.detachNewThread {
      try? pipe.fileHandleForWriting.write(contentsOf: bytes)
      try? pipe.fileHandleForWriting.close()
    }
    let log = LiveLog(
      .pipe(descriptor: pipe.fileHandleForReading.fileDescriptor), options: LiveOptions(timeLimit: 20))
    log.end()
    #expect(log.error == nil && log.frames.count == 25 && log.notes.last == .ended, "\(log.notes)")

    let raw = Pipe()
    try raw.fileHandleForWriting.write(contentsOf: Data((0..<72).map { UInt8($0) }))
    try raw.fileHandleForWriting.close()
    let format = try RawVideoFormat("4x3@10")
    let frames = LiveLog(
      .rawFrames(descriptor: raw.fileHandleForReading.fileDescriptor, format: format), options: LiveOptions())
    frames.end()
    #expect(
      frames.frames.map(\.timestamp) == [0, 0.1] && frames.frames.flatMap(\.pixels) == (0..<72).map { UInt8($0) })
  }

  @Test func aNamedPipeIsReadAsItComes() throws {
    let path = folder.path("pipe")
    try #require(mkfifo(path, 0o600) == 0)
    let source = try LiveSource(path)
    // Nobody writes.
    let limited = LiveLog(source, options: LiveOptions(timeLimit: 0.3))
    limited.end()
    #expect(limited.error is VideoError, "\(String(describing: limited.error))")

    let bytes = try stream()
    Thread.detachNewThread { try? FileHandle(forWritingTo: URL(fileURLWithPath: path)).write(contentsOf: bytes) }
    let log = LiveLog(source, options: LiveOptions(timeLimit: 20))
    log.end()
    #expect(log.error == nil && log.frames.count == 25 && log.notes.last == .ended, "\(log.notes)")
  }

  /// The writer keeps its end open and writes nothing.
  @Test func waitingForAPipeEnds() throws {
    for format in [nil, try RawVideoFormat("4x3@10")] {
      let pipe = Pipe()
      let descriptor = pipe.fileHandleForReading.fileDescriptor
      let source =
        format.map { LiveSource.rawFrames(descriptor: descriptor, format: $0) } ?? .pipe(descriptor: descriptor)
      let limited = LiveLog(source, options: LiveOptions(timeLimit: 0.3))
      limited.end()
      #expect(limited.error is VideoError, "\(String(describing: limited.error))")
      let stopped = LiveLog(source, options: LiveOptions())
      stopped.stop()
      #expect(stopped.error is LiveLog.Stop)
      withExtendedLifetime(pipe) {}
    }
  }

  @Test(arguments: ["mkv", "mp4"]) func theEndOfAFileThatWasCutOffIsTold(container: String) throws {
    let path = try writeVideo(folder.path("whole.\(container)"), frames: 100, width: 64, height: 48)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let cut = try folder.file("cut.\(container)", bytes.prefix(bytes.count / 2))
    for (path, isCut) in [(path, false), (cut, true)] {
      let log = LiveLog(.file(path: path, isPaced: false), options: LiveOptions())
      log.end()
      let ends = log.notes.compactMap { if case .cutOff(let seconds, _) = $0 { seconds } else { nil } }
      #expect(ends == (isCut ? [try #require(log.frames.last).timestamp] : []) && log.notes.last == .ended)
    }
  }

  @Test func filesThatAreNoneAreTypedErrors() throws {
    let text = try folder.file("a.mp4", Data("not a video".utf8))
    for path in [text, folder.path("none.mp4"), folder.url.path] {
      let log = LiveLog(.file(path: path, isPaced: false), options: LiveOptions())
      log.end()
      #expect("\(try #require(log.error))".contains(path) && log.events.isEmpty)
    }
  }

  /// A connection that gives some pictures and then fails.
  private final class ShortConnection: LiveConnection {
    let (codec, frameRate, isFinite, damage) = ("none", 25.0, false, (count: 2, reason: "bad"))
    let comesInSegments = false
    let earlyEnd: String? = nil
    private var left = 3

    func next() throws -> LivePicture? {
      left -= 1
      guard left >= 0 else { throw VideoError.damaged(path: "x", seconds: 0, reason: "a test") }
      return LivePicture(time: nil, size: FrameSize(width: 1, height: 1), pixelFormat: "rgb24")
    }

    func frame(timestamp: Double) throws -> Frame {
      try Frame(width: 1, height: 1, pixels: [1, 2, 3], timestamp: timestamp)
    }
  }

  @Test func errorsOfTheSourceLeadToAnotherConnectionAndThoseOfTheHandlerEnd() throws {
    let video = LiveVideo(.stream(url: "udp://x"), options: LiveOptions(), interruption: {}) { _ in ShortConnection() }
    let mine = VideoError.badFrames(reason: "mine")
    nonisolated(unsafe) var frameCount = 0
    #expect(throws: mine) {
      try video.read { event in
        if case .frame = event { frameCount += 1 }
        if frameCount == 5 { throw mine }
      }
    }
    #expect(frameCount == 5 && video.counters.reconnections == 1 && video.counters.decoded == 5)
    #expect(video.counters.damaged == 4)
  }
}
