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
    let temporaryPath = "\(destination).\(getpid()).\(UInt32.random(in: 0 ... .max)).part"
    do {
      let encoder = try FrameEncoder(
        path: temporaryPath, container: path, width: width, height: height, encoding: encoding)
      try body(VideoWriter(encoder: encoder))
      try encoder.finish()
      try flush(temporaryPath, for: path)
      guard AtomicFile.rename(temporaryPath, to: destination) else {
        throw FileError(path: path, action: "write", code: errno)
      }
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
