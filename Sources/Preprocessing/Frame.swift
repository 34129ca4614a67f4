/// One picture of a video: tightly packed 8-bit RGB, rows from the top.
public struct Frame: Sendable, Equatable {
  /// The width in pixels.
  public let width: Int
  /// The height in pixels.
  public let height: Int
  /// `[height, width, 3]` bytes: red, green, blue.
  public let pixels: [UInt8]
  /// The time at which the picture is shown, in seconds from the start of its video.
  public let timestamp: Double

  /// Creates a picture from its bytes.
  ///
  /// - Throws: ``PreprocessingError/badFrame(width:height:byteCount:)`` unless both sides are positive and there are
  ///   `width * height * 3` bytes.
  public init(width: Int, height: Int, pixels: [UInt8], timestamp: Double = 0) throws(PreprocessingError) {
    let (area, areaOverflow) = width.multipliedReportingOverflow(by: height)
    let (byteCount, overflow) = area.multipliedReportingOverflow(by: 3)
    guard width > 0, height > 0, !areaOverflow, !overflow, byteCount == pixels.count else {
      throw .badFrame(width: width, height: height, byteCount: pixels.count)
    }
    self.width = width
    self.height = height
    self.pixels = pixels
    self.timestamp = timestamp
  }

  /// Creates a picture whose bytes are known to fit its size.
  init(checkedWidth width: Int, height: Int, pixels: [UInt8], timestamp: Double) {
    self.width = width
    self.height = height
    self.pixels = pixels
    self.timestamp = timestamp
  }
}
