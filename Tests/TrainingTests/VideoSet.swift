import Foundation
import Preprocessing
import TestSupport
import Tensors
import Video

@testable import Training

/// A folder of small videos in three classes, with or without damaged ones, for as long as this object lives.
final class VideoSet {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("training-\(UUID().uuidString)").path
  let recipe: ClipRecipe

  /// - Parameters:
  ///   - perClass: How many good videos each class has.
  ///   - damaged: Whether there are truncated videos and texts named like videos among them.
  ///   - halfDamaged: Whether there is one whose first half is good.
  init(perClass: Int = 4, damaged: Bool = false, halfDamaged: Bool = false) throws {
    recipe = try ClipRecipe(frameCount: 4, samplingRate: 3, shortSide: 36, cropSize: 32)
    for (label, name) in ["bend", "jump", "walk"].enumerated() {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      for number in 0..<perClass {
        // Shorter and longer than a clip of 0.4 s, of several shapes.
        let frames = [30, 8, 45, 24][number % 4]
        let size = [(64, 48), (48, 64), (80, 40)][(number + label) % 3]
        try Self.write(
          "\(folder)/\(name)/v\(number).mp4", frames: frames, width: size.0, height: size.1,
          hue: label * 60 + number * 9)
      }
    }
    if halfDamaged {
      let path = "\(folder)/walk/half.mp4"
      try Self.write(path, frames: 60, width: 64, height: 48, hue: 200)
      // The index comes first, so that the file promises all of its frames.
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      let noise = (0..<whole.count / 4).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 3) }
      try (whole.prefix(whole.count - noise.count) + noise).write(to: URL(fileURLWithPath: path))
    }
    guard damaged else { return }
    let whole = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/bend/v0.mp4"))
    // Its index is whole, and comes first; no frame is.
    let media = whole.range(of: Data("mdat".utf8))?.upperBound ?? 0
    try whole.prefix(media + 40).write(to: URL(fileURLWithPath: "\(folder)/bend/cut.mp4"))
    try whole.prefix(40).write(to: URL(fileURLWithPath: "\(folder)/jump/header.mp4"))
    try Data("this is not a video".utf8).write(to: URL(fileURLWithPath: "\(folder)/jump/text.mp4"))
    try Data("nor is this".utf8).write(to: URL(fileURLWithPath: "\(folder)/walk/text.mp4"))
  }

  /// The damaged videos, by their paths in the folder.
  static let damaged: Set = ["bend/cut.mp4", "jump/header.mp4", "jump/text.mp4", "walk/text.mp4"]

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func dataSet() throws -> DataSet { try DataSet(folder: folder) }

  /// A path without the folder.
  func relative(_ path: String) -> String { String(path.dropFirst(folder.count + 1)) }

  static func write(_ path: String, frames: Int, width: Int, height: Int, hue: Int) throws {
    let encoding = VideoEncoding(framesPerSecond: 30, keyFrameInterval: 12)
    try VideoWriter.write(to: path, width: width, height: height, encoding: encoding) { writer in
      for number in 0..<frames {
        var pixels: [UInt8] = []
        for y in 0..<height {
          for x in 0..<width {
            pixels.append(UInt8((x * 200 / width + number * 5) % 256))
            pixels.append(UInt8(y * 200 / height))
            pixels.append(UInt8(hue % 256))
          }
        }
        try writer.append(Frame(width: width, height: height, pixels: pixels, timestamp: Double(number) / 30))
      }
    }
  }
}

extension BatchLoader {
  /// The batches of an epoch.
  func all(_ epoch: Int, from step: Int = 0) throws -> [Batch] {
    let batches = self.epoch(epoch, from: step)
    var all: [Batch] = []
    while let batch = try batches.next() { all.append(batch) }
    return all
  }
}
