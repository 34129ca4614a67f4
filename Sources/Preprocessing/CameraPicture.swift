/// A picture as a camera gives it: planes of bytes in memory that belongs to someone else, of which a ``Frame`` is made.
///
/// ```swift
/// // iOS: a locked CVPixelBuffer of kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange
/// let picture = try CameraPicture(
///   .nv12, width: 1280, height: 720,
///   planes: [.init(luma, rowStride: lumaStride), .init(chroma, rowStride: chromaStride)],
///   matrix: .bt709, rotation: .clockwise90, timestamp: seconds)
/// let prediction = try classifier.push(picture)
/// ```
///
/// Android's `YUV_420_888` is ``Format/i420``, with the pixel strides of its planes. Unless a matrix and a range are given, luma and
/// chroma are taken as `VideoReader` takes those of a file without tags: BT.601 and limited range.
public struct CameraPicture {
  /// The planes of a picture, and what their bytes are.
  public enum Format: Sendable, CaseIterable {
    /// One plane: red, green, blue.
    case rgb
    /// One plane: red, green, blue, alpha, which is ignored.
    case rgba
    /// One plane: blue, green, red, alpha, which is ignored.
    case bgra
    /// A plane of luma, and one of Cb and Cr in turn, each of half the width and height, rounded up.
    case nv12
    /// Planes of luma, Cb and Cr, the latter two of half the width and height, rounded up.
    case i420
  }

  /// A plane of a picture, which is valid as long as its memory is.
  public struct Plane {
    let bytes: UnsafeRawBufferPointer
    let rowStride: Int
    let pixelStride: Int?

    /// Creates a plane.
    ///
    /// - Parameters:
    ///   - bytes: The memory from the first pixel on.
    ///   - rowStride: The number of bytes from a row to the next.
    ///   - pixelStride: The number of bytes from a pixel to the next; nil if nothing is between them.
    public init(_ bytes: UnsafeRawBufferPointer, rowStride: Int, pixelStride: Int? = nil) {
      self.bytes = bytes
      self.rowStride = rowStride
      self.pixelStride = pixelStride
    }
  }

  /// How luma and chroma follow from red, green and blue.
  public enum Matrix: Sendable, CaseIterable {
    /// ITU-R BT.601, of standard definition and most cameras' JPEG.
    case bt601
    /// ITU-R BT.709, of high definition.
    case bt709
  }

  /// The clockwise rotation with which a picture is shown.
  public enum Rotation: Int, Sendable, CaseIterable {
    /// As it is stored.
    case none = 0
    /// A quarter turn clockwise.
    case clockwise90 = 90
    /// A half turn.
    case clockwise180 = 180
    /// A quarter turn counterclockwise.
    case clockwise270 = 270
  }

  /// The width in pixels, as it is stored.
  public let width: Int
  /// The height in pixels, as it is stored.
  public let height: Int
  /// The planes, and what their bytes are.
  public let format: Format
  /// How luma and chroma follow from red, green and blue; RGB formats have none.
  public let matrix: Matrix
  /// Whether luma is 0 to 255, and not 16 to 235; RGB formats always use all levels.
  public let isFullRange: Bool
  /// The rotation with which it is shown.
  public let rotation: Rotation
  /// The time at which it was taken, in seconds.
  public let timestamp: Double
  /// For each channel its memory: red, green and blue, or luma, Cb and Cr.
  let channels: [Channel]

  /// A channel's memory, which is large enough.
  struct Channel {
    let start: UnsafePointer<UInt8>
    let rowStride: Int, pixelStride: Int
  }

  /// Creates a picture.
  ///
  /// - Parameters:
  ///   - format: The planes, and what their bytes are.
  ///   - width: The width in pixels, as it is stored.
  ///   - height: The height in pixels, as it is stored.
  ///   - planes: The planes of the format, in order.
  ///   - matrix: How luma and chroma follow from red, green and blue.
  ///   - isFullRange: Whether luma is 0 to 255, and not 16 to 235.
  ///   - rotation: The rotation with which it is shown.
  ///   - timestamp: The time at which it was taken, in seconds.
  /// - Throws: ``PreprocessingError/badPicture(_:)`` if the format has other planes, a plane's memory does not hold all pixels, or
  ///   a side is not 1 to 32,768 pixels.
  public init(
    _ format: Format, width: Int, height: Int, planes: [Plane], matrix: Matrix = .bt601, isFullRange: Bool = false,
    rotation: Rotation = .none, timestamp: Double
  ) throws(PreprocessingError) {
    guard Self.sides.contains(width), Self.sides.contains(height) else {
      throw .badPicture("it has \(width)x\(height) pixels, and a side must be 1 to \(Self.sides.upperBound)")
    }
    guard planes.count == format.planeCount else {
      throw .badPicture("it has \(planes.count) planes, and \(format) has \(format.planeCount)")
    }
    var channels: [Channel] = []
    for (place, isChroma) in format.channels {
      let plane = planes[place.plane]
      let size = isChroma ? ((width + 1) / 2, (height + 1) / 2) : (width, height)
      channels.append(
        try plane.channel(at: place.offset, defaultStride: place.pixelStride, size: size, name: "plane \(place.plane)"))
    }
    self.channels = channels
    self.width = width
    self.height = height
    self.format = format
    self.matrix = matrix
    self.isFullRange = isFullRange
    self.rotation = rotation
    self.timestamp = timestamp
  }

  /// The sides of pictures.
  private static let sides = 1...32_768
}

extension CameraPicture.Format {
  /// Whether its channels are luma and chroma.
  var hasChroma: Bool { self == .nv12 || self == .i420 }

  fileprivate var planeCount: Int {
    switch self {
    case .rgb, .rgba, .bgra: 1
    case .nv12: 2
    case .i420: 3
    }
  }

  /// Where a channel's first byte is, and the number of bytes from a pixel to the next if nothing is between them.
  fileprivate struct Place {
    let plane: Int, offset: Int, pixelStride: Int
  }

  /// The channels, in order, and whether they are of half the size.
  fileprivate var channels: [(Place, isChroma: Bool)] {
    func packed(_ offsets: [Int], _ stride: Int) -> [(Place, isChroma: Bool)] {
      offsets.map { (Place(plane: 0, offset: $0, pixelStride: stride), false) }
    }
    let luma = (Place(plane: 0, offset: 0, pixelStride: 1), isChroma: false)
    switch self {
    case .rgb: return packed([0, 1, 2], 3)
    case .rgba: return packed([0, 1, 2], 4)
    case .bgra: return packed([2, 1, 0], 4)
    case .nv12: return [luma] + [0, 1].map { (Place(plane: 1, offset: $0, pixelStride: 2), true) }
    case .i420: return [luma] + [1, 2].map { (Place(plane: $0, offset: 0, pixelStride: 1), true) }
    }
  }
}

extension CameraPicture.Plane {
  /// Returns the memory of a channel after checking that all of its pixels are in this plane.
  fileprivate func channel(
    at offset: Int, defaultStride: Int, size: (width: Int, height: Int), name: String
  ) throws(PreprocessingError) -> CameraPicture.Channel {
    let stride = pixelStride ?? defaultStride
    guard stride >= defaultStride, stride <= 64 else {
      throw .badPicture("\(name) has a pixel stride of \(stride) bytes, and it must be \(defaultStride) to 64")
    }
    let rowBytes = (size.width - 1) * stride + offset + 1
    let (others, overflow) = (size.height - 1).multipliedReportingOverflow(by: rowStride)
    guard rowStride >= rowBytes || size.height == 1, !overflow else {
      throw .badPicture("\(name) has a row stride of \(rowStride) bytes, and a row has \(rowBytes)")
    }
    guard let start = bytes.bindMemory(to: UInt8.self).baseAddress, others <= bytes.count - rowBytes else {
      throw .badPicture("\(name) has \(bytes.count) bytes, and \(size.width)x\(size.height) pixels need more")
    }
    return CameraPicture.Channel(start: start + offset, rowStride: rowStride, pixelStride: stride)
  }
}
