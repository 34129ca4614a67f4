import Foundation
import Preprocessing
import Tensors
import Video

/// Writes the shots of a video as files of their own.
public struct ShotFiles {
  private let shots: VideoShots
  private let path: String
  /// The files, one for each shot.
  public let paths: [String]

  /// Names the files: `NAME-001.mp4`, `NAME-002.mp4`, … after the video.
  ///
  /// - Parameters:
  ///   - shots: The shots of the video.
  ///   - path: The video file.
  ///   - folder: The folder for the files, which ``write(threads:progress:)`` makes.
  public init(_ shots: VideoShots, of path: String, in folder: String) {
    self.shots = shots
    self.path = path
    let file = FileSystem.name(of: path)
    let name = file.lastIndex(of: ".").flatMap { $0 > file.startIndex ? String(file[..<$0]) : nil } ?? file
    let digits = max(3, "\(shots.shots.count)".count)
    paths = shots.shots.indices.map { index in
      let number = "\(index + 1)"
      return "\(folder)/\(name)-\(String(repeating: "0", count: digits - number.count))\(number).mp4"
    }
  }

  /// Decodes the video once more, and encodes each shot in H.264: exactly its frames, at their times, without sound.
  ///
  /// - Parameters:
  ///   - threads: The number of threads that decode.
  ///   - progress: Called with the index of each shot before it is written; an error that it throws ends the work. Files of
  ///     whole shots stay.
  /// - Throws: `FileError` or `VideoError` if a file cannot be read or written.
  public func write(threads: Int = 1, progress: (Int) throws -> Void = { _ in }) throws {
    for folder in Set(paths.map { FileSystem.folder(of: $0) }) { try FileSystem.makeFolder(folder) }
    let reader = try VideoReader(path: path, threads: threads)
    try reader.withTimeline { timeline in
      for (index, shot) in shots.shots.enumerated() {
        try progress(index)
        guard timeline.times.indices.contains(shot.endFrame) else {
          throw VideoError.damaged(path: path, seconds: shot.start, reason: "each decoding gives other frames")
        }
        let encoding = VideoEncoding(
          framesPerSecond: min(max(shots.framesPerSecond, 0.01), 1000), constantRateFactor: Self.quality)
        try VideoWriter.write(
          to: paths[index], width: reader.info.width, height: reader.info.height, encoding: encoding
        ) { writer in
          var time = -Self.tick
          try reader.decodeFrames(Array(shot.startFrame...shot.endFrame)) { _, frame in
            // Frames of a file may be shown at the same time; those of a file that is written may not.
            time = max(frame.timestamp - shot.start, time + Self.tick)
            try writer.append(
              Frame(width: frame.width, height: frame.height, pixels: frame.pixels, timestamp: time))
          }
        }
      }
    }
  }

  /// x264's factor for a picture that looks like the original.
  private static let quality = 18
  /// The least time from frame to frame in seconds, that of MPEG's clock.
  private static let tick = 1.0 / 90_000
}
