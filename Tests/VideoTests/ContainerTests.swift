import Foundation
import Preprocessing
import Testing
import Video

/// Seeking against sequential reading, for each encoder in each container that the ffmpeg command here can write.
@Suite(.enabled(if: FFmpegCommand.isThere, "the ffmpeg command is not installed: scripts/setup --tests"))
struct ContainerTests {
  /// Containers of video that can be read again, as far as they are here.
  static let containers: [String] = {
    let known = [
      "3g2", "3gp", "apng", "asf", "avi", "dirac", "dnxhd", "dv", "dvd", "f4v", "film_cpk", "filmstrip", "flv", "gif",
      "gxf",
      "h261", "h263", "h264", "hevc", "ipod", "ismv", "ivf", "m4v", "matroska", "mjpeg", "mov", "mp4", "mpeg",
      "mpeg1video",
      "mpeg2video", "mpegts", "mpjpeg", "mxf", "nut", "obu", "ogv", "psp", "roq", "smjpeg", "svcd", "swf", "vob",
      "webm",
      "webp", "wtv", "yuv4mpegpipe",
    ]
    let here = Set(names("-muxers") { $0.first?.contains("E") == true })
    return known.filter(here.contains)
  }()

  /// What encodes videos without special hardware; options where the defaults are slow, or do not take small pictures.
  static let encoders: [String] = {
    let hardware = ["_nvenc", "_qsv", "_vaapi", "_v4l2m2m", "_omx", "_amf", "_vulkan", "_mf"]
    // The last one's decoder gives other pictures of the same file at times.
    let others = ["wrapped_avframe", "a64multi", "a64multi5", "smc"]
    return names("-encoders") { $0.first?.hasPrefix("V") == true }
      .filter { name in !hardware.contains { name.hasSuffix($0) } && !others.contains(name) && name != "=" }
  }()

  private static let options = [
    "libx264": "-preset ultrafast -bf 2 -g 20", "libx264rgb": "-preset ultrafast -bf 2 -g 20",
    "libx265": "-preset ultrafast -x265-params log-level=none:keyint=20:open-gop=1",
    "libaom-av1": "-cpu-used 8 -g 20 -usage realtime", "librav1e": "-speed 10 -g 20", "libsvtav1": "-preset 12 -g 20",
    "libvpx": "-deadline realtime -cpu-used 8 -g 20 -auto-alt-ref 1 -lag-in-frames 10",
    "libvpx-vp9": "-deadline realtime -cpu-used 8 -g 20 -auto-alt-ref 1 -lag-in-frames 10",
    "mpeg1video": "-bf 2", "mpeg2video": "-bf 2", "mpeg4": "-bf 2", "libxvid": "-bf 2",
    "h261": "-s 176x144", "h263": "-s 128x96", "h263p": "-s 128x96", "rv10": "-s 128x96", "rv20": "-s 128x96",
    "dvvideo": "-s 720x576 -pix_fmt yuv420p", "dnxhd": "-profile:v dnxhr_lb -s 256x128 -pix_fmt yuv422p",
    "roqvideo": "-r 30",
  ]
  /// Pairs that must be there wherever their encoder is.
  private static let usual = [
    "libx264": ["mp4", "mov", "matroska", "mpegts", "flv", "avi"], "libx265": ["mp4", "matroska", "mpegts"],
    "libvpx": ["webm", "matroska", "avi"], "libvpx-vp9": ["webm", "mp4", "matroska"], "libaom-av1": ["mp4", "webm"],
    "mpeg2video": ["mpeg", "vob", "mpegts", "mxf"], "mpeg4": ["mp4", "avi", "3gp"], "libxvid": ["avi"],
    "mjpeg": ["avi", "mov"], "wmv2": ["asf"], "flv": ["flv"], "libtheora": ["ogv"], "gif": ["gif"], "h263": ["3gp"],
  ]

  /// Bare streams take anything, and mean it only of their own codec.
  private static let bare = [
    "dirac": ["vc2"], "dnxhd": ["dnxhd"], "dv": ["dvvideo"], "h261": ["h261"], "h263": ["h263", "h263p"],
    "h264": ["libx264"],
    "hevc": ["libx265"], "m4v": ["mpeg4", "libxvid"], "mjpeg": ["mjpeg"], "mpeg1video": ["mpeg1video"],
    "mpeg2video": ["mpeg2video"], "obu": ["libaom-av1", "librav1e", "libsvtav1"], "roq": ["roqvideo"],
  ]

  private static let slots = DispatchSemaphore(value: 2)

  /// The second word of the lines of one of ffmpeg's lists.
  private static func names(_ list: String, where isWanted: ([Substring]) -> Bool) -> [String] {
    guard let path = FFmpegCommand.path else { return [] }
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["-v", "quiet", list]
    process.standardOutput = pipe
    guard (try? process.run()) != nil else { return [] }
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let lines: [[Substring]] = text.split(separator: "\n").map { $0.split(separator: " ") }
    return lines.filter { $0.count > 1 && isWanted($0) }.map { String($0[1]) }
  }

  @Test(arguments: encoders)
  func seekingIsSequentialReading(encoder: String) throws {
    let folder = try TemporaryFolder()
    Self.slots.wait()
    defer { Self.slots.signal() }
    // One encoding for all containers; those that do not take it are left out.
    let containers = Self.containers.filter { Self.bare[$0]?.contains(encoder) ?? true }
    let outputs = containers.map { "[f=\($0):onfail=ignore]x.\($0)" }.joined(separator: "|")
    let options = Self.options[encoder] ?? ""
    let size = options.contains("-s ") ? "" : "-s 64x48"
    let input = "-f lavfi -i testsrc2=s=128x96:r=25:d=2 -map 0:v \(size) -strict -2 -flags +global_header"
    try FFmpegCommand.run("\(input) -c:v \(encoder) \(options) -f tee \(outputs)", in: folder.url)
    var seen: Set<Data> = []
    var read: [String] = []
    for container in containers {
      let path = folder.path("x.\(container)")
      // Bare streams are the same bytes under many names.
      guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path)), bytes.count > 100,
        seen.insert(bytes).inserted
      else { continue }
      guard let reader = try? VideoReader(path: path), let frames = try? allFrames(reader), frames.count > 1 else {
        continue
      }
      read.append(container)
      try expectSeeking(path, frames, "\(encoder) in \(container)")
    }
    let missing = (Self.usual[encoder] ?? []).filter { Self.containers.contains($0) && !read.contains($0) }
    #expect(missing.isEmpty, "\(encoder) is not read from \(missing)")
  }

  private func expectSeeking(_ path: String, _ frames: [Frame], _ name: String) throws {
    let reader = try VideoReader(path: path)
    #expect((48...52).contains(frames.count) || frames.count == 60, "\(name): \(frames.count) frames")
    #expect(
      reader.info.frameCount == frames.count,
      "\(name): \(reader.info.frameCount) frames by the index, not \(frames.count)")
    #expect(frames.map(\.timestamp) == reader.timeline.times, "\(name): times")
    // Bare streams do not say their rate.
    let isBare = Self.bare[(path as NSString).pathExtension] != nil
    #expect(isBare || abs(reader.info.duration - 2) < 0.09, "\(name): \(reader.info.duration) s")
    // Far and near, back and forth.
    for step in 0..<10 {
      let number = step == 0 ? frames.count - 1 : step * 37 % frames.count
      reader.seek(to: frames[number].timestamp)
      let first = reader.timeline.firstFrame(from: frames[number].timestamp)
      guard first < frames.count else { continue }
      #expect(try reader.nextFrame() == frames[first], "\(name): frame \(number)")
      if first + 1 < frames.count {
        #expect(try reader.nextFrame() == frames[first + 1], "\(name): after frame \(first)")
      }
    }
    // Ahead in one pass, with leaps over key frames.
    let numbers = [2, 3, 29, 30, 47].filter { $0 < frames.count }
    try VideoReader(path: path).decodeFrames(numbers) { number, frame in
      #expect(frame == frames[number], "\(name): frame \(number) in a pass")
    }
  }
}
