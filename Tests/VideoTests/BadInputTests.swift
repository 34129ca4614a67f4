import Foundation
import Preprocessing
import Tensors
import Testing
import Video

@Suite struct BadInputTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func opening(_ path: String) -> String {
    message { _ = try allFrames(VideoReader(path: path)) }
  }

  @Test func whatIsNotAVideoIsRefusedWithItsNameAndTheReason() throws {
    let text = Data(String(repeating: "All work and no play makes Jack a dull boy.\n", count: 50).utf8)
    let cases: [(path: String, reason: String)] = [
      (folder.path("missing.mp4"), "No such file"),
      (folder.url.path, "is a directory"),
      (try folder.file("empty.mp4", Data()), "is empty"),
      (try folder.file("text.mp4", text), "is not a readable video"),
      (try folder.file("text.txt", text), "is not a readable video"),
      (try folder.file("text.nfo", text), "is not a readable video"),
      (
        try folder.file(
          "noise.mkv", Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 2_654_435_761 >> 13) })),
        "is not a readable video"
      ),
      ("/dev/null", "is not a regular file"),
      ("concat:a.mp4|b.mp4", "No such file"),
      ("http://localhost/x.mp4", "No such file"),
    ]
    for (path, reason) in cases {
      let text = opening(path)
      #expect(text.hasPrefix(path) && text.contains(reason), "\(text)")
    }
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may read everything"))
  func unreadableFilesAreRefused() throws {
    let path = try writeVideo(folder.path("locked.mp4"), frames: 2)
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
    #expect(opening(path).contains("Permission denied"))
  }

  @Test func namedPipesDoNotHang() throws {
    let path = folder.path("pipe.mp4")
    #expect(mkfifo(path, 0o600) == 0)
    #expect(opening(path).contains("is not a regular file"))
  }

  @Test func soundAloneIsNotAVideo() throws {
    // A WAV file of a second of silence: 8000 mono samples of 8 bits.
    func word(_ value: Int, _ count: Int) -> Data {
      Data((0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) })
    }
    let sound =
      Data("RIFF".utf8) + word(8036, 4) + Data("WAVEfmt ".utf8) + word(16, 4) + word(1, 2) + word(1, 2) + word(8000, 4)
      + word(8000, 4) + word(1, 2) + word(8, 2) + Data("data".utf8) + word(8000, 4) + Data(repeating: 128, count: 8000)
    let path = try folder.file("sound.mp4", sound)
    #expect(throws: VideoError.noVideoStream(path: path)) { try VideoReader(path: path) }
  }

  /// AVI announces a stream before its frames; MP4 leaves out one that has none; the others end in their header.
  @Test func videosOfNoFramesSaySo() throws {
    func empty(_ container: String) throws -> String {
      let path = folder.path("none.\(container)")
      try VideoWriter.write(to: path, width: 64, height: 48) { _ in }
      return path
    }
    let path = try empty("avi")
    let reader = try VideoReader(path: path)
    #expect(reader.info.duration == 0)
    #expect(throws: VideoError.noFrames(path: path)) { try reader.nextFrame() }
    #expect(throws: VideoError.noFrames(path: path)) {
      try reader.readFrames(from: 0, duration: 1, count: 4) { _, _ in }
    }
    let plain = try empty("mp4")
    #expect(throws: VideoError.noVideoStream(path: plain)) { try VideoReader(path: plain) }
    for container in ["mkv", "flv"] {
      let path = try empty(container)
      #expect(opening(path).hasPrefix(path))
    }
  }

  @Test(arguments: ["mp4", "mkv", "ts", "flv"])
  func cutFilesGiveTheFramesBeforeTheCut(container: String) throws {
    let path = try writeVideo(folder.path("whole.\(container)"), frames: 60)
    let whole = try allFrames(VideoReader(path: path))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let cut = try folder.file("cut.\(container)", bytes.prefix(bytes.count * 2 / 3))
    let reader = try VideoReader(path: cut)
    let frames = try allFrames(reader)
    #expect((20..<60).contains(frames.count), "\(frames.count) frames")
    // The last picture may be incomplete.
    let good = frames.count - 6
    #expect(Array(frames.prefix(good)) == Array(whole.prefix(good)))
    if container == "mp4" || container == "mkv" {
      let text = try #require(reader.damage).description
      #expect(text.hasPrefix(cut) && text.contains("damaged or cut off"), "\(text)")
    }
    // A clip that reaches over the cut is made of what is left. (One thread: how several patch up the last picture
    // depends on their timing.)
    let left = try allFrames(VideoReader(path: cut, threads: 1))
    let recipe = try ClipRecipe(frameCount: 8, samplingRate: 10, shortSide: 32, cropSize: 32)
    let clip = try VideoReader(path: cut, threads: 1).clip(from: 0, recipe: recipe)
    #expect(try clip == Tensor.clip(of: left, recipe: recipe))
  }

  @Test func cutHeadersAreRefused() throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: writeVideo(folder.path("whole.mp4"), frames: 10)))
    for count in [1, 20, 60, 300] {
      let path = try folder.file("head\(count).mp4", bytes.prefix(count))
      let text = opening(path)
      #expect(text.hasPrefix(path), "\(count): \(text)")
    }
  }

  /// Every byte run that a disk may damage must end in frames or a typed error, never in a crash or an endless loop.
  @Test(arguments: ["mp4", "mkv", "ts"])
  func damagedBytesNeverCrash(container: String) throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: writeVideo(folder.path("whole.\(container)"), frames: 24)))
    var state: UInt64 = 1
    for attempt in 0..<40 {
      var damaged = bytes
      for _ in 0..<(1 + attempt / 4) {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        damaged[Int(state >> 33) % damaged.count] = UInt8(truncatingIfNeeded: state >> 25)
      }
      let path = try folder.file("damaged.\(container)", damaged)
      do {
        let reader = try VideoReader(path: path)
        let frames = try allFrames(reader)
        #expect(frames.count < 1000)
        try reader.readFrames(from: 0.2, duration: 0.5, count: 4) { _, _ in }
      } catch {
        #expect(error is any UserFacingError, "\(error)")
      }
    }
  }
}
