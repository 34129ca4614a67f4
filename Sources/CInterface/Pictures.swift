import CVideoAccelerator
import Preprocessing

/// Pictures that a caller describes, one struct after the other.
struct Pictures {
  let count: Int
  private let start: UnsafeRawPointer
  /// The number of bytes from one struct to the next.
  private let stride: Int

  /// - Throws: `InterfaceError` if there are none, or too many.
  init(_ start: UnsafePointer<vacc_picture>?, count: Int32) throws(InterfaceError) {
    stride = try vacc_picture.size(at: start)
    guard let start, (1...100_000).contains(count) else {
      throw .argument("a clip cannot be made of \(count) pictures: give 1 to 100000")
    }
    self.start = UnsafeRawPointer(start)
    self.count = Int(count)
  }

  /// Returns a picture.
  ///
  /// - Throws: `InterfaceError` or `PreprocessingError` if its description is not valid.
  func picture(_ index: Int) throws -> CameraPicture {
    let start = start + index * stride
    guard try vacc_picture.size(at: start) == stride else {
      throw InterfaceError.argument("picture \(index) has another size of its struct than the first one")
    }
    return try CameraPicture(vacc_picture.read(start))
  }
}

extension CameraPicture {
  /// Reads a description.
  ///
  /// - Throws: `InterfaceError` or `PreprocessingError` if it is not valid.
  init(_ picture: vacc_picture) throws {
    let format: Format
    switch Int(picture.format) {
    case VACC_RGB: format = .rgb
    case VACC_RGBA: format = .rgba
    case VACC_BGRA: format = .bgra
    case VACC_NV12: format = .nv12
    case VACC_I420: format = .i420
    default: throw InterfaceError.argument("\(picture.format) is no format of pictures")
    }
    guard let rotation = Rotation(rawValue: Int(picture.rotation)) else {
      throw InterfaceError.argument("the rotation is \(picture.rotation), not 0, 90, 180 or 270")
    }
    guard picture.matrix == VACC_BT601 || picture.matrix == VACC_BT709, picture.reserved == 0 else {
      throw InterfaceError.argument("the picture's matrix is none, or its reserved member is not 0")
    }
    let all = [picture.planes.0, picture.planes.1, picture.planes.2]
    let planes = try all.prefix(format.pixelSizes.count).enumerated().map { number, plane in
      try Plane(
        plane, width: number == 0 ? Int(picture.width) : (Int(picture.width) + 1) / 2, format.pixelSizes[number])
    }
    try self.init(
      format, width: Int(picture.width), height: Int(picture.height), planes: planes,
      matrix: picture.matrix == VACC_BT709 ? .bt709 : .bt601, isFullRange: picture.is_full_range != 0,
      rotation: rotation, timestamp: picture.timestamp)
  }
}

extension CameraPicture.Format {
  /// For each plane: the number of bytes from a pixel to the next if nothing is between them.
  fileprivate var pixelSizes: [Int] {
    switch self {
    case .rgb: [3]
    case .rgba, .bgra: [4]
    case .nv12: [1, 2]
    case .i420: [1, 1, 1]
    }
  }
}

extension CameraPicture.Plane {
  fileprivate init(_ plane: vacc_plane, width: Int, _ pixelSize: Int) throws(InterfaceError) {
    let pixelStride = plane.pixel_stride == 0 ? pixelSize : plane.pixel_stride
    // A size_t beyond Int.max is negative. What else is out of range is refused by the picture.
    guard pixelStride > 0, plane.row_stride >= 0 else { throw .argument("a plane's strides are too large") }
    let rowStride = plane.row_stride == 0 ? width * min(pixelStride, 1 << 16) : plane.row_stride
    self.init(
      try memory(plane.bytes, plane.byte_count, "a plane"), rowStride: rowStride, pixelStride: pixelStride)
  }
}
