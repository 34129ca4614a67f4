import Foundation
import Preprocessing
import Testing
import Video

/// Range and matrix of colours, against FFmpeg's own conversion.
@Suite(.enabled(if: FFmpegCommand.isThere, "the ffmpeg command is not installed: scripts/setup --tests"))
struct ColourTests {
  @Test(arguments: [
    "full.webm -pix_fmt yuv420p -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -color_range pc",
    "full.mkv -pix_fmt yuv420p -c:v libaom-av1 -cpu-used 8 -color_range pc",
    "full10.mkv -pix_fmt yuv420p10le -c:v libx265 -preset ultrafast -x265-params log-level=none -color_range pc",
    "full.mp4 -pix_fmt yuv420p -c:v libx264 -color_range pc -colorspace bt709",
    "709.mp4 -pix_fmt yuv420p -c:v libx264 -color_range tv -colorspace bt709",
    "2020.mp4 -pix_fmt yuv420p10le -c:v libx265 -preset ultrafast -x265-params log-level=none -colorspace bt2020nc",
    "601.mp4 -pix_fmt yuv420p -c:v libx264 -colorspace smpte170m", "untagged.mp4 -pix_fmt yuv420p -c:v libx264",
    "jpeg.avi -pix_fmt yuvj420p -c:v mjpeg", "gray.mkv -pix_fmt gray -c:v ffv1", "rgb.mkv -c:v libx264rgb",
  ])
  func framesHaveTheColoursThatTheirTagsSay(line: String) throws {
    let folder = try TemporaryFolder()
    let name = String(line.prefix { $0 != " " }), options = line.dropFirst(name.count)
    try #require(
      try FFmpegCommand.run("-f lavfi -i testsrc2=s=64x48:r=5:d=1\(options) \(name)", in: folder.url), "\(line)")
    let raw = folder.url.appendingPathComponent("raw")
    #expect(
      try FFmpegCommand.run(
        "-i \(name) -vf scale=flags=bilinear,format=rgb24 -f rawvideo -", in: folder.url, output: raw))
    let expected = [UInt8](try Data(contentsOf: raw))
    let got = try allFrames(VideoReader(path: folder.path(name))).flatMap(\.pixels)
    #expect(got.count == expected.count && got.count == 64 * 48 * 3 * 5)
    let worst = zip(got, expected).map { abs(Int($0) - Int($1)) }.max()
    #expect(worst ?? 255 <= 2, "\(line): off by \(worst ?? 255)")
  }
}
