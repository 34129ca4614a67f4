import Foundation
import Video

/// A video in the form in which it is at hand: a file (`URL`, ``VideoFile``), a file's bytes in memory (`Data`, `[UInt8]`), or frames in
/// memory (`DecodedVideo`).
public protocol VideoInput: Sendable {
  /// Opens the video.
  ///
  /// - Parameters:
  ///   - threads: How many threads decode it.
  ///   - interruption: Called again and again while the video is read, here and later: what it throws ends the call.
  /// - Throws: `FileError` or `VideoError` if it cannot be decoded, and what `interruption` throws.
  func openVideo(threads: Int, interruption: @escaping @Sendable () throws -> Void) throws -> any FrameSource
}

/// A video file by its path, as file systems have it: names need not be UTF-8 (`PathText`).
public struct VideoFile: VideoInput {
  /// Where the file is.
  public let path: String

  /// The file at a path.
  public init(path: String) { self.path = path }

  /// Opens the file.
  public func openVideo(threads: Int, interruption: @escaping @Sendable () throws -> Void) throws -> any FrameSource {
    try VideoReader(path: path, threads: threads, interruption: interruption)
  }
}

extension URL: VideoInput {
  /// Opens the file that the URL names.
  public func openVideo(threads: Int, interruption: @escaping @Sendable () throws -> Void) throws -> any FrameSource {
    try VideoFile(path: path).openVideo(threads: threads, interruption: interruption)
  }
}

extension Array: VideoInput where Element == UInt8 {
  /// Opens the file that these are the bytes of.
  public func openVideo(threads: Int, interruption: @escaping @Sendable () throws -> Void) throws -> any FrameSource {
    try VideoReader(bytes: self, threads: threads, interruption: interruption)
  }
}

extension Data: VideoInput {
  /// Opens the file that these are the bytes of, of which a copy is made.
  public func openVideo(threads: Int, interruption: @escaping @Sendable () throws -> Void) throws -> any FrameSource {
    try Array(self).openVideo(threads: threads, interruption: interruption)
  }
}

extension DecodedVideo: VideoInput {
  /// The frames, which are decoded already.
  public func openVideo(threads: Int, interruption: @escaping @Sendable () throws -> Void) throws -> any FrameSource {
    self
  }
}
