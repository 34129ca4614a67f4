import ModelTestSupport
import CPU
import Video
import Foundation
import TestSupport
import VideoAccelerator

/// A small classifier, and videos for it.
enum SmallVideos {
  static let recipe = Result { try ClipRecipe(frameCount: 4, samplingRate: 5, shortSide: 36, cropSize: 32) }

  /// A classifier of clips of 4 frames, two thirds of a second.
  static func classifier(threads: Int = 1, executor: Executor = .shared) throws -> VideoClassifier {
    let model = try Model(
      name: "small", graph: SmallModel.architecture.graph(), weights: SmallModel.weights(), recipe: recipe.get(),
      labels: SmallModel.labels)
    return try VideoClassifier(model, threads: threads, executor: executor)
  }

  /// Frames at 25 a second, which differ from video to video.
  static func frames(_ count: Int, seed: Int = 0) throws -> [Frame] {
    try (0..<count).map { index in
      let pixels = (0..<64 * 48 * 3).map {
        UInt8(truncatingIfNeeded: ($0 / 3 % 64) * (3 + seed) + index * 7 + $0 % 3 * 40)
      }
      return try Frame(width: 64, height: 48, pixels: pixels, timestamp: Double(index) / 25)
    }
  }

  /// Four videos of each class, in a folder for each.
  static func write(classes: [String], to folder: String) throws {
    for (label, name) in classes.enumerated() {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      for number in 0..<4 { try write(to: "\(folder)/\(name)/\(number).mp4", frames: 20, seed: 4 * label + number) }
    }
  }

  static func write(to path: String, frames count: Int, seed: Int = 0) throws {
    try VideoWriter.write(to: path, width: 64, height: 48) { writer in
      for frame in try frames(count, seed: seed) { try writer.append(frame) }
    }
  }
}
