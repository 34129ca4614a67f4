import Foundation
import Video
import VideoAccelerator

/// Writes videos of two classes: blotches that move up and down, and such that move to and fro.
func makeVideos(_ folder: String) throws {
  for (name, dx, dy) in [("nod", 0.0, 1.0), ("shake", 1.0, 0.0)] {
    try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    for number in 0..<10 {
      let phase = Double(number)
      let reach = number.isMultiple(of: 2) ? 24.0 : -24.0
      try VideoWriter.write(to: "\(folder)/\(name)/\(number).mp4", width: 144, height: 128) { writer in
        for index in 0..<60 {
          // In the middle of the video it is fastest.
          let way = reach * sin(.pi / 2 * (Double(index) / 30 - 1))
          let pixels = (0..<128 * 144 * 3).map { offset -> UInt8 in
            let (x, y, colour) = (Double(offset / 3 % 144) + dx * way, Double(offset / 432) + dy * way, offset % 3)
            let blotches = sin(x / 9 + phase) * sin(y / 8 + 2 * phase) + 0.4 * sin(x / 4) * sin(y / 5 + phase)
            return UInt8(128 + 70 * blotches + 20 * cos(phase + Double(colour)))
          }
          try writer.append(Frame(width: 144, height: 128, pixels: pixels, timestamp: Double(index) / 30))
        }
      }
    }
  }
}
