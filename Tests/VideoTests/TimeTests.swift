import Foundation
import Preprocessing
import Tensors
import Testing
import Video

/// Files whose container says one thing about time and whose frames say another: the frames are right.
@Suite(.enabled(if: FFmpegCommand.isThere, "the ffmpeg command is not installed: scripts/setup --tests"))
struct TimeTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Makes a file with the ffmpeg command; returns its path.
  private func make(_ name: String, _ line: String) throws -> String {
    #expect(try FFmpegCommand.run("\(line) \(name)", in: folder.url), "\(line)")
    return folder.path(name)
  }

  /// Expects that frames are where they should be, sequentially and by clips, and that no clip is a still.
  private func expect(_ path: String, frames: Int, seconds: Double, sourceLocation: SourceLocation = #_sourceLocation)
    throws
  {
    let reader = try VideoReader(path: path)
    #expect(abs(reader.info.duration - seconds) < 0.02, "\(reader.info.duration) s", sourceLocation: sourceLocation)
    #expect(reader.info.frameCount == frames, sourceLocation: sourceLocation)
    let sequence = try allFrames(reader)
    #expect(sequence.count == frames, sourceLocation: sourceLocation)
    #expect(sequence.map(\.timestamp) == reader.timeline.times, sourceLocation: sourceLocation)
    #expect(sequence.first?.timestamp == 0, sourceLocation: sourceLocation)
    let isAscending = zip(sequence, sequence.dropFirst()).allSatisfy { $0.timestamp < $1.timestamp }
    #expect(isAscending, sourceLocation: sourceLocation)

    let recipe = try ClipRecipe(frameCount: 4, samplingRate: 6, shortSide: 32, cropSize: 32)
    let starts = ClipSampling.uniform(count: 6, videoDuration: reader.info.duration, clipDuration: recipe.duration)
    var count = 0
    try VideoReader(path: path).forEachClip(from: starts + [1000, -5], recipe: recipe) { place, clip in
      count += 1
      let start = place < starts.count ? starts[place] : place == starts.count ? max(0, seconds - recipe.duration) : 0
      let inside = sequence.filter { $0.timestamp > start - 1e-4 && $0.timestamp < start + recipe.duration - 1e-4 }
      let expected = try Tensor.clip(of: inside, recipe: recipe)
      #expect(place >= starts.count || clip == expected, "the clip at \(start) s", sourceLocation: sourceLocation)
      let values = clip.elements(as: Float.self)
      let plane = 32 * 32
      #expect(
        values[0..<plane] != values[3 * plane..<4 * plane], "a still at \(start) s", sourceLocation: sourceLocation)
    }
    #expect(count == starts.count + 2, sourceLocation: sourceLocation)
  }

  @Test func soundThatOutlastsTheVideoDoesNotCount() throws {
    let sound = "-i $S -f lavfi -i sine=d=40 -map 0:v -map 1:a -c:v copy -c:a aac"
    for name in ["a.flv", "a.mkv", "a.mp4", "a.ts"] { try expect(make(name, sound), frames: 210, seconds: 7) }
    // Written to a pipe, it has neither tags nor an index.
    let piped = folder.url.appendingPathComponent("piped.mkv")
    #expect(try FFmpegCommand.run("\(sound) -f matroska -", in: folder.url, output: piped))
    try expect(piped.path, frames: 210, seconds: 7)
  }

  @Test func videoThatBeginsLateCountsFromItsFirstFrame() throws {
    for name in ["a.mkv", "a.mp4", "a.flv"] {
      let line = "-f lavfi -i sine=d=30 -itsoffset 20 -i $S -map 1:v -map 0:a -c:v copy -c:a aac"
      try expect(make(name, line), frames: 210, seconds: 7)
    }
  }

  /// FFmpeg looks for sizes in the first seconds only.
  @Test func theSizeIsThatOfTheFirstFrameWhereTheFileDoesNotTell() throws {
    for name in ["a.ts", "a.mpg"] {
      let codec = name == "a.ts" ? "-c:v copy" : "-fps_mode passthrough -c:v mpeg2video -bf 2"
      let line = "-f lavfi -i sine=d=20 -itsoffset 12 -i $S -map 1:v -map 0:a \(codec) -c:a mp2"
      let path = try make(name, line)
      let (info, sample) = (try VideoReader(path: path).info, try VideoReader(path: FFmpegCommand.sample).info)
      #expect((info.width, info.height) == (sample.width, sample.height))
      try expect(path, frames: 210, seconds: 7)
    }
  }

  @Test func filesCutShortHaveTheFramesThatTheyHold() throws {
    let lines = [
      "a.mp4": "-i $S -c copy -movflags +faststart", "a.mkv": "-i $S -c copy", "a.flv": "-i $S -c copy",
      "a.ts": "-i $S -c copy", "a.webm": "-i $S -c:v libvpx -deadline realtime -cpu-used 8 -s 64x112",
      "fragments.mp4": "-i $S -c copy -movflags +frag_keyframe+empty_moov",
      "a.avi": "-i $S -c:v mpeg4 -bf 2 -s 64x112",
    ]
    for (name, line) in lines.sorted(by: { $0.key < $1.key }) {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: make(name, line)))
      for share in [30, 71] {
        let path = try folder.file("cut-\(share)-\(name)", bytes.prefix(bytes.count * share / 100))
        // The last picture may be incomplete, and then how threads patch it up is a matter of timing.
        let frames = try allFrames(VideoReader(path: path, threads: 1))
        #expect((20..<210).contains(frames.count), "\(path): \(frames.count)")
        let last = try #require(frames.last).timestamp
        let reader = try VideoReader(path: path)
        let recipe = try ClipRecipe(frameCount: 4, samplingRate: 6, shortSide: 32, cropSize: 32)
        try reader.withTimeline { _ in
          try reader.forEachClip(count: 10, recipe: recipe) { clip in
            let values = clip.elements(as: Float.self)
            #expect(values[0..<1024] != values[3072..<4096], "\(path): a still")
          }
        }
        #expect(reader.info.frameCount == frames.count, "\(path)")
        #expect(abs(reader.info.duration - last - 1 / 30.0) < 0.02, "\(path): \(reader.info.duration), not \(last)")
        // Neither says how long it is.
        if name != "a.ts" && name != "a.avi" { #expect(reader.damage != nil, "\(path)") }
      }
    }
  }

  @Test func timeGoesOnWhereTimestampsStartAnew() throws {
    let early = try Data(contentsOf: URL(fileURLWithPath: make("a.ts", "-i $S -c copy")))
    let late = try Data(contentsOf: URL(fileURLWithPath: make("b.ts", "-i $S -c copy -output_ts_offset 3600")))
    for (name, bytes) in [("same", early + early), ("ahead", early + late), ("back", late + early)] {
      try expect(folder.file("\(name).ts", bytes), frames: 420, seconds: 14)
    }
    let program = try Data(contentsOf: URL(fileURLWithPath: make("a.mpg", "-i $S -c:v mpeg2video -bf 2")))
    try expect(folder.file("same.mpg", program + program), frames: 420, seconds: 14)
  }

  /// The first part's last frames are decoded before they are shown, and Matroska does not say when.
  @Test func partsDoNotOverlap() throws {
    let part = try Data(contentsOf: URL(fileURLWithPath: make("a.mkv", "-i $S -c copy")))
    try expect(folder.file("twice.mkv", part + part), frames: 420, seconds: 14)
  }

  @Test func timesBeforeTheContainersOwnAreCountedBack() throws {
    let line = "-i $S -output_ts_offset -3 -avoid_negative_ts disabled -c copy"
    try expect(make("early.mkv", line), frames: 210, seconds: 7)
  }

  /// AVI counts fields of H.264 where there are B-frames.
  @Test func framesAreCountedWhereTheContainerCountsFields() throws {
    let path = try make("a.avi", "-i $S -c copy")
    try expect(path, frames: 210, seconds: 7)
    #expect(abs(try VideoReader(path: path).info.averageFrameRate - 30) < 0.01)
  }

  @Test func theLastFrameIsShownAsLongAsMostAre() throws {
    let encoding = "-fps_mode vfr -c:v libx264 -preset ultrafast -bf 2 -s 64x112"
    for (name, filter, seconds) in [
      ("vfr.mp4", "select='not(mod(n,7))+lt(n,140)'", 6.8), ("last.mp4", "setpts='N/30/TB+gte(N,209)*100/TB'", 107),
    ] {
      let reader = try VideoReader(path: make(name, "-i $S -vf \(filter) \(encoding)"))
      #expect(abs(reader.info.duration - seconds) < 0.01, "\(name): \(reader.info.duration) s")
    }
  }

  @Test func missingTimestampsAreFoundOut() throws {
    for (name, line) in [
      ("a.mpg", "-i $S -c:v mpeg2video -bf 2"), ("a.vob", "-i $S -c:v mpeg2video -bf 2"),
      ("b.avi", "-i $S -c:v mpeg4 -bf 2"), ("h264.avi", "-i $S -c:v libx264 -preset ultrafast -bf 2"),
      ("refresh.mp4", "-i $S -c:v libx264 -preset veryfast -x264-params intra-refresh=1:keyint=30"),
      ("a.h264", "-i $S -c copy"),
    ] {
      let path = try make(name, line)
      let frames = try allFrames(VideoReader(path: path))
      #expect(frames.count == 210, "\(name): \(frames.count)")
      #expect(abs(try #require(frames.last).timestamp - 209 / 30.0) < 0.01, "\(name)")
      let reader = try VideoReader(path: path)
      for number in [209, 208, 3, 100, 207, 31, 32, 150] {
        reader.seek(to: frames[number].timestamp)
        #expect(try reader.nextFrame() == frames[number], "\(name): frame \(number)")
        if number < 209 { #expect(try reader.nextFrame() == frames[number + 1], "\(name): after frame \(number)") }
      }
    }
  }
}
