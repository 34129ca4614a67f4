import Foundation
import Preprocessing
import Tensors

/// The size and rate of raw RGB video, which has no header.
public struct RawVideoFormat: Sendable, Hashable {
  /// The width in pixels.
  public let width: Int
  /// The height in pixels.
  public let height: Int
  /// The frame rate in frames per second.
  public let framesPerSecond: Double

  /// Creates a format.
  ///
  /// - Parameters:
  ///   - width: The width of a frame in pixels.
  ///   - height: The height of a frame in pixels.
  ///   - framesPerSecond: The frame rate.
  /// - Throws: ``VideoError/badRawVideo(reason:)`` if a side is not in 1...16384 or the rate not in 0.001...100000.
  public init(width: Int, height: Int, framesPerSecond: Double) throws(VideoError) {
    guard (1...16384).contains(width), (1...16384).contains(height) else {
      throw .badRawVideo(reason: "frames of \(width)x\(height) pixels are not supported")
    }
    guard framesPerSecond.isFinite, (0.001...100_000).contains(framesPerSecond) else {
      throw .badRawVideo(reason: "a rate of \(framesPerSecond) frames per second is not supported")
    }
    self.width = width
    self.height = height
    self.framesPerSecond = framesPerSecond
  }

  /// Parses a format, such as `640x360@25` or `640x360@30000/1001`.
  ///
  /// - Throws: ``VideoError/badRawVideo(reason:)`` if the text has another form or names an unsupported format.
  public init(_ text: String) throws(VideoError) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    let sides = parts.first?.split(separator: "x", omittingEmptySubsequences: false) ?? []
    guard parts.count == 2, sides.count == 2, let width = Int(sides[0]), let height = Int(sides[1]),
      let rate = Self.rate(parts[1])
    else {
      throw .badRawVideo(reason: "'\(text)' is not of the form WxH@FPS, as in 640x360@25 or 640x360@30000/1001")
    }
    try self.init(width: width, height: height, framesPerSecond: rate)
  }

  private static func rate(_ text: Substring) -> Double? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
    switch parts.count {
    case 1: return parts[0]
    case 2: return parts[0].flatMap { count in parts[1].map { count / $0 } }
    default: return nil
    }
  }

  /// The size of a frame in bytes.
  public var frameByteCount: Int { width * height * 3 }
}

/// Reads adjacent packed 8-bit RGB frames from a file descriptor such as standard input.
public final class RawFrameReader {
  /// The size and rate of the frames.
  public let format: RawVideoFormat
  /// What is wrong with the input: that it ends within a frame, which is left out.
  public private(set) var damage: VideoError?
  private let descriptor: Int32
  private let interruption: () throws -> Void
  private var index = 0

  /// Creates a reader on an open descriptor, which the caller closes.
  ///
  /// - Parameters:
  ///   - descriptor: The descriptor.
  ///   - format: The size and rate of the frames.
  ///   - interruption: Called repeatedly while bytes are waited for; an error that it throws ends the reading.
  public init(
    descriptor: Int32 = STDIN_FILENO, format: RawVideoFormat, interruption: @escaping () throws -> Void = {}
  ) {
    self.descriptor = descriptor
    self.format = format
    self.interruption = interruption
  }

  /// Returns the next whole frame, or nil at the end of the input.
  ///
  /// - Throws: ``VideoError/badRawVideo(reason:)`` if it ends within or before the first frame; `FileError` if it
  ///   cannot be read.
  public func nextFrame() throws -> Frame? {
    let byteCount = format.frameByteCount
    let pixels = try readBytes(upTo: byteCount)
    if pixels.isEmpty, index > 0 { return nil }
    guard pixels.count == byteCount else {
      let end = VideoError.badRawVideo(
        reason: "the input ends at byte \(pixels.count) of frame \(index), which needs \(byteCount) bytes")
      guard index > 0 else { throw end }
      damage = end
      return nil
    }
    defer { index += 1 }
    return try Frame(
      width: format.width, height: format.height, pixels: pixels, timestamp: Double(index) / format.framesPerSecond)
  }

  /// Reads exactly `limit` bytes, or fewer at the end of the input.
  private func readBytes(upTo limit: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      while count < limit {
        try waitUntilReadable(descriptor, interruption: interruption)
        let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
        let got = read(descriptor, rest.baseAddress, rest.count)
        if got == 0 { return }
        if got < 0 {
          if errno == EINTR { continue }
          throw FileError(path: "the raw video", action: "read", code: errno)
        }
        count += got
      }
    }
  }
}
