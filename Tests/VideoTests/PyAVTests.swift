import Foundation
import Preprocessing
import Testing
import Video

/// Frames against those of PyAV, where Debian's python3-av is installed: the same FFmpeg behind another door, and the
/// decoder of PyTorchVideo.
@Suite(.enabled(if: PyAV.isInstalled, "python3-av is not installed"))
struct PyAVTests {
  /// The clips that scripts/fetch-test-clips puts into the cache.
  static let clips: [String] = {
    let environment = ProcessInfo.processInfo.environment
    let cache = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "") + "/.cache"
    let folder = cache + "/video-accelerator/clips"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted().map { "\(folder)/\($0)" }
  }()

  private func expectSameFrames(_ path: String) throws {
    let reader = try VideoReader(path: path)
    var count = 0
    try PyAV.decode(path) { time, width, height, pixels in
      let frame = try #require(try reader.nextFrame(), "frame \(count)")
      #expect(time.isNaN || abs(frame.timestamp - time) <= 0.001, "frame \(count): \(frame.timestamp) and \(time) s")
      #expect((frame.width, frame.height) == (width, height))
      let worst = zip(frame.pixels, pixels).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
      #expect(frame.pixels.count == pixels.count && worst <= 2, "frame \(count) differs by \(worst)")
      count += 1
    }
    #expect(count > 0)
    #expect(try reader.nextFrame() == nil, "more than \(count) frames")
  }

  @Test(.enabled(if: !clips.isEmpty, "scripts/fetch-test-clips fetches them"), arguments: clips)
  func realClipsDecodeAsInPyAV(path: String) throws { try expectSameFrames(path) }

  @Test(.enabled(if: !clips.isEmpty, "scripts/fetch-test-clips fetches them"), arguments: clips)
  func realClipsAreSearchedExactly(path: String) throws {
    let times = try allTimes(path)
    let reader = try VideoReader(path: path)
    for step in 0..<12 {
      let index = step * 37 % times.count
      reader.seek(to: times[index].0)
      let frame = try #require(try reader.nextFrame())
      #expect(frame.timestamp == times[index].0 && frame.pixels.hashValue == times[index].1, "frame \(index)")
    }
    for first in [times.count / 2, times.count / 3, 0, times.count * 3 / 4] {
      let last = min(first + 20, times.count - 1)
      var got: [(Double, Int)] = []
      let available = try reader.readFrames(
        from: times[first].0, duration: times[last].0 - times[first].0, count: 5
      ) { frame, places in for _ in places { got.append((frame.timestamp, frame.pixels.hashValue)) } }
      let expected = TemporalSubsample.indices(available: last - first, count: 5).map { times[first + $0] }
      #expect(available == last - first)
      #expect(got.map(\.0) == expected.map(\.0) && got.map(\.1) == expected.map(\.1), "from frame \(first)")
    }
    #expect(reader.damage == nil)
  }

  @Test(arguments: ["mp4", "mkv", "ts"])
  func writtenVideosDecodeAsInPyAV(container: String) throws {
    let folder = try TemporaryFolder()
    try expectSameFrames(writeVideo(folder.path("a.\(container)"), frames: 30, width: 96, height: 54))
  }

  /// Time and a hash of the pixels of every frame.
  private func allTimes(_ path: String) throws -> [(Double, Int)] {
    let reader = try VideoReader(path: path)
    var times: [(Double, Int)] = []
    while let frame = try reader.nextFrame() { times.append((frame.timestamp, frame.pixels.hashValue)) }
    return times
  }
}

/// Runs Tools/decode_with_pyav.py.
enum PyAV {
  private static let python = "/usr/bin/python3"
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Tools/decode_with_pyav.py").path

  /// Whether the script can run.
  static let isInstalled: Bool = {
    guard FileManager.default.isExecutableFile(atPath: python) else { return false }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["-c", "import av"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  /// Gives `body` time, width, height and pixels of every frame of a video.
  static func decode(_ path: String, _ body: (Double, Int, Int, [UInt8]) throws -> Void) throws {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [script, path]
    process.standardOutput = pipe
    try process.run()
    defer {
      if process.isRunning { process.terminate() }
      process.waitUntilExit()
    }
    let input = pipe.fileHandleForReading
    while let header = try input.read(upToCount: 16), header.count == 16 {
      let time = Double(bitPattern: header.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
      let width = Int(header[8..<12].reversed().reduce(0) { $0 << 8 | UInt32($1) })
      let height = Int(header[12..<16].reversed().reduce(0) { $0 << 8 | UInt32($1) })
      var pixels: [UInt8] = []
      while pixels.count < width * height * 3 {
        guard let part = try input.read(upToCount: width * height * 3 - pixels.count), !part.isEmpty else { break }
        pixels += part
      }
      try body(time, width, height, pixels)
    }
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }
}
