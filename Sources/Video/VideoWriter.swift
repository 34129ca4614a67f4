import Foundation
import Preprocessing
import Tensors

/// Encodes frames to an H.264 file, as a whole or not at all.
public final class VideoWriter {
  private let encoder: FrameEncoder

  private init(encoder: FrameEncoder) { self.encoder = encoder }

  /// Calls `body` with a writer to append frames to; `path` gets the video only if `body` returns.
  ///
  /// The container follows the path's extension (`.mp4`, `.mkv`, `.mov`, `.ts`, …). Colors are stored at half
  /// resolution (4:2:0), as players expect; a frame with an odd side is stored at full resolution (4:4:4), which keeps
  /// its exact size.
  ///
  /// - Parameters:
  ///   - path: The file to write.
  ///   - width: The width of every frame in pixels.
  ///   - height: The height of every frame in pixels.
  ///   - encoding: The settings of the stream.
  ///   - body: Called with the writer.
  /// - Throws: ``VideoError`` if this machine cannot encode H.264 or the frames cannot be encoded with these settings,
  ///   `FileError` if the folder does not allow it, or what `body` throws; then `path` is as it was.
  public static func write(
    to path: String, width: Int, height: Int, encoding: VideoEncoding = VideoEncoding(),
    _ body: (VideoWriter) throws -> Void
  ) throws {
    let destination = try AtomicFile.destination(of: path)
    try write(to: path, beside: destination, width: width, height: height, encoding: encoding, body) { temporaryPath in
      guard AtomicFile.rename(temporaryPath, to: destination) else {
        throw FileError(path: path, action: "write", code: errno)
      }
    }
  }

  /// Calls `body` with a writer to append frames to, whose video becomes a new file and replaces none: with `-2`, `-3` and so
  /// on behind the name if there is such a file, also one that another process has just made.
  ///
  /// - Parameters:
  ///   - name: The path without the extension.
  ///   - container: The extension.
  ///   - width: The width of every frame in pixels.
  ///   - height: The height of every frame in pixels.
  ///   - encoding: The settings of the stream.
  ///   - body: Called with the writer.
  /// - Returns: The path of the file.
  /// - Throws: As ``write(to:width:height:encoding:_:)``; then there is no new file.
  package static func write(
    toNew name: String, container: String, width: Int, height: Int, encoding: VideoEncoding,
    _ body: (VideoWriter) throws -> Void
  ) throws -> String {
    var path = "\(name).\(container)"
    try write(to: path, beside: path, width: width, height: height, encoding: encoding, body) { temporaryPath in
      var number = 2
      while !AtomicFile.rename(temporaryPath, toNew: path) {
        guard errno == EEXIST else { throw FileError(path: path, action: "write", code: errno) }
        path = "\(name)-\(number).\(container)"
        number += 1
      }
    }
    return path
  }

  /// Writes a temporary file beside a path, and gives it to `move`.
  private static func write(
    to path: String, beside destination: String, width: Int, height: Int, encoding: VideoEncoding,
    _ body: (VideoWriter) throws -> Void, move: (String) throws -> Void
  ) throws {
    let temporaryPath = "\(destination).\(getpid()).\(UInt32.random(in: 0 ... .max)).part"
    do {
      let encoder = try FrameEncoder(
        path: temporaryPath, container: path, width: width, height: height, encoding: encoding)
      try body(VideoWriter(encoder: encoder))
      try encoder.finish()
      try flush(temporaryPath, for: path)
      try move(temporaryPath)
    } catch {
      temporaryPath.withPath { _ = unlink($0) }
      throw error
    }
  }

  /// Appends a frame, to be shown at its timestamp.
  ///
  /// - Throws: ``VideoError/cannotEncode(path:reason:)`` if its size is not that of the video, or it is not at least
  ///   1/90000 s later than the frame before.
  public func append(_ frame: Frame) throws { try encoder.append(frame) }

  /// Flushes the bytes to the disk before the name points to them.
  private static func flush(_ temporaryPath: String, for path: String) throws(FileError) {
    let descriptor = temporaryPath.withPath { open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw FileError(path: path, action: "write", code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError(path: path, action: "write", code: errno) }
  }
}
