import Foundation
import Tensors
import Video

/// A source of a video: a file (`URL`, ``VideoFile``), the bytes of a file in memory (`Data`, `[UInt8]`), or frames in
/// memory (`DecodedVideo`).
public protocol VideoInput: Sendable {
  /// Opens the video.
  ///
  /// - Parameters:
  ///   - threads: The number of threads that decode it.
  ///   - interruption: Called repeatedly while the video is read, here and later; an error that it throws ends the
  ///     call.
  /// - Throws: `FileError` or `VideoError` if it cannot be decoded, and what `interruption` throws.
  func openVideo(threads: Int, interruption: @escaping @Sendable () throws -> Void) throws -> any FrameSource

  /// Opens the video with frames of a given size, whatever their own.
  ///
  /// Files do this while colors are converted; by default, whole frames are scaled one by one.
  ///
  /// - Parameters:
  ///   - size: The size that frames are scaled to.
  ///   - threads: The number of threads that decode it.
  ///   - interruption: Called repeatedly while the video is read, here and later; an error that it throws ends the
  ///     call.
  /// - Throws: `FileError` or `VideoError` if it cannot be decoded, and what `interruption` throws.
  func openVideo(
    scaledTo size: FrameSize, threads: Int, interruption: @escaping @Sendable () throws -> Void
  ) throws -> any FrameSource
}

extension VideoInput {
  /// Opens the video, whose frames are scaled when they are read.
  public func openVideo(
    scaledTo size: FrameSize, threads: Int, interruption: @escaping @Sendable () throws -> Void
  ) throws -> any FrameSource {
    ScaledVideo(try openVideo(threads: threads, interruption: interruption), to: size)
  }
}

/// A video file at a path. File names that are not UTF-8 can be given as `PathText` reads them.
public struct VideoFile: VideoInput {
  /// The path of the file.
  public let path: String

  /// Creates the input for the file at a path.
  ///
  /// - Parameter path: The path of the file.
  public init(path: String) { self.path = path }

  /// Opens the file.
  public func openVideo(threads: Int, interruption: @escaping @Sendable () throws -> Void) throws -> any FrameSource {
    try VideoReader(path: path, threads: threads, interruption: interruption)
  }

  /// Opens it with frames of a given size.
  public func openVideo(
    scaledTo size: FrameSize, threads: Int, interruption: @escaping @Sendable () throws -> Void
  ) throws -> any FrameSource {
    try VideoReader(path: path, scaledTo: size, threads: threads, interruption: interruption)
  }
}

extension URL: VideoInput {
  /// Opens the file that the URL names.
  public func openVideo(threads: Int, interruption: @escaping @Sendable () throws -> Void) throws -> any FrameSource {
    try file().openVideo(threads: threads, interruption: interruption)
  }

  /// Opens the file with frames of a given size.
  public func openVideo(
    scaledTo size: FrameSize, threads: Int, interruption: @escaping @Sendable () throws -> Void
  ) throws -> any FrameSource {
    try file().openVideo(scaledTo: size, threads: threads, interruption: interruption)
  }

  private func file() throws -> VideoFile {
    guard isFileURL else { throw FileError(path: absoluteString, reason: "is not a file: download the video first") }
    return VideoFile(path: path)
  }
}

extension Array: VideoInput where Element == UInt8 {
  /// Opens a video file from its bytes.
  public func openVideo(threads: Int, interruption: @escaping @Sendable () throws -> Void) throws -> any FrameSource {
    try VideoReader(bytes: self, threads: threads, interruption: interruption)
  }

  /// Opens it with frames of a given size.
  public func openVideo(
    scaledTo size: FrameSize, threads: Int, interruption: @escaping @Sendable () throws -> Void
  ) throws -> any FrameSource {
    try VideoReader(bytes: self, scaledTo: size, threads: threads, interruption: interruption)
  }
}

extension Data: VideoInput {
  /// Opens a video file from its bytes, which are copied.
  public func openVideo(threads: Int, interruption: @escaping @Sendable () throws -> Void) throws -> any FrameSource {
    try Array(self).openVideo(threads: threads, interruption: interruption)
  }

  /// Opens it with frames of a given size.
  public func openVideo(
    scaledTo size: FrameSize, threads: Int, interruption: @escaping @Sendable () throws -> Void
  ) throws -> any FrameSource {
    try Array(self).openVideo(scaledTo: size, threads: threads, interruption: interruption)
  }
}

/// A video file that is read while it arrives.
public struct ArrivingVideo: VideoInput {
  private let file: any ArrivingFile

  /// Creates the input for a file.
  ///
  /// - Parameter file: The file, which is waited for.
  public init(_ file: any ArrivingFile) { self.file = file }

  /// Opens the file.
  public func openVideo(threads: Int, interruption: @escaping @Sendable () throws -> Void) throws -> any FrameSource {
    try VideoReader(file, threads: threads, interruption: interruption)
  }

  /// Opens it with frames of a given size.
  public func openVideo(
    scaledTo size: FrameSize, threads: Int, interruption: @escaping @Sendable () throws -> Void
  ) throws -> any FrameSource {
    try VideoReader(file, scaledTo: size, threads: threads, interruption: interruption)
  }
}

extension DecodedVideo: VideoInput {
  /// Returns the video, which is decoded already.
  public func openVideo(threads: Int, interruption: @escaping @Sendable () throws -> Void) throws -> any FrameSource {
    self
  }
}
