import Preprocessing
import Testing

/// Cameras' pictures in all formats, against the formulas of ITU-R BT.601 and BT.709 in double precision.
@Suite struct CameraPictureTests {
  typealias Format = CameraPicture.Format

  /// A picture in memory, whose rows and pixels may have gaps between them.
  private struct Memory {
    let format: Format
    let width: Int, height: Int
    /// The bytes of each plane, their row strides and pixel strides.
    var planes: [(bytes: [UInt8], rowStride: Int, pixelStride: Int)] = []

    init(_ format: Format, width: Int, height: Int, rowGap: Int, pixelGap: Int = 0) {
      (self.format, self.width, self.height) = (format, width, height)
      let chroma = ((width + 1) / 2, (height + 1) / 2)
      let shapes: [(size: (Int, Int), bytes: Int, gap: Int)]
      switch format {
      case .rgb: shapes = [((width, height), 3, pixelGap)]
      case .rgba, .bgra: shapes = [((width, height), 4, pixelGap)]
      case .nv12: shapes = [((width, height), 1, 0), (chroma, 2, pixelGap)]
      case .i420: shapes = [((width, height), 1, 0), (chroma, 1, pixelGap), (chroma, 1, pixelGap)]
      }
      var generator = SeededGenerator(state: UInt64(width * 100 + height))
      for (size, bytes, gap) in shapes {
        let pixelStride = bytes + gap
        let rowStride = size.0 * pixelStride + rowGap
        // Nothing follows the last pixel.
        let count = (size.1 - 1) * rowStride + (size.0 - 1) * pixelStride + bytes
        planes.append(
          ((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }, rowStride, pixelStride))
      }
    }

    func byte(_ plane: Int, _ x: Int, _ y: Int, _ offset: Int = 0) -> Double {
      let (bytes, rowStride, pixelStride) = planes[plane]
      return Double(bytes[y * rowStride + x * pixelStride + offset])
    }

    /// Red, green and blue of a stored pixel, 0...255.
    func color(_ x: Int, _ y: Int, _ matrix: CameraPicture.Matrix, isFullRange: Bool) -> [Double] {
      switch format {
      case .rgb, .rgba: return (0..<3).map { byte(0, x, y, $0) }
      case .bgra: return (0..<3).map { byte(0, x, y, 2 - $0) }
      case .nv12, .i420: break
      }
      let (cbByte, crByte) =
        format == .nv12
        ? (byte(1, x / 2, y / 2, 0), byte(1, x / 2, y / 2, 1)) : (byte(1, x / 2, y / 2), byte(2, x / 2, y / 2))
      let luma = isFullRange ? byte(0, x, y) / 255 : (byte(0, x, y) - 16) / 219
      let (cb, cr) = ((cbByte - 128) / (isFullRange ? 255 : 224), (crByte - 128) / (isFullRange ? 255 : 224))
      let (kr, kb) = matrix == .bt601 ? (0.299, 0.114) : (0.2126, 0.0722)
      let red = luma + 2 * (1 - kr) * cr
      let blue = luma + 2 * (1 - kb) * cb
      let green = (luma - kr * red - kb * blue) / (1 - kr - kb)
      return [red, green, blue].map { min(max($0 * 255, 0), 255) }
    }

    func withPicture<Result>(
      matrix: CameraPicture.Matrix = .bt601, isFullRange: Bool = false, rotation: CameraPicture.Rotation = .none,
      _ body: (CameraPicture) throws -> Result
    ) throws -> Result {
      func add(_ number: Int, _ opened: [CameraPicture.Plane]) throws -> Result {
        guard number < planes.count else {
          return try body(
            CameraPicture(
              format, width: width, height: height, planes: opened, matrix: matrix, isFullRange: isFullRange,
              rotation: rotation, timestamp: 2.5))
        }
        let plane = planes[number]
        return try plane.bytes.withUnsafeBytes {
          try add(number + 1, opened + [.init($0, rowStride: plane.rowStride, pixelStride: plane.pixelStride)])
        }
      }
      return try add(0, [])
    }
  }

  private func expectColors(
    _ memory: Memory, matrix: CameraPicture.Matrix = .bt601, isFullRange: Bool = false,
    rotation: CameraPicture.Rotation = .none
  ) throws {
    let frame = try memory.withPicture(matrix: matrix, isFullRange: isFullRange, rotation: rotation) { Frame($0) }
    let (width, height) = (memory.width, memory.height)
    let swaps = rotation == .clockwise90 || rotation == .clockwise270
    #expect(frame.width == (swaps ? height : width))
    #expect(frame.height == (swaps ? width : height))
    #expect(frame.timestamp == 2.5)
    var worst = 0.0
    for y in 0..<height {
      for x in 0..<width {
        // Where the stored pixel is shown.
        let (column, row) =
          switch rotation {
          case .none: (x, y)
          case .clockwise90: (height - 1 - y, x)
          case .clockwise180: (width - 1 - x, height - 1 - y)
          case .clockwise270: (y, width - 1 - x)
          }
        let start = (row * frame.width + column) * 3
        for (channel, value) in memory.color(x, y, matrix, isFullRange: isFullRange).enumerated() {
          worst = max(worst, abs(Double(frame.pixels[start + channel]) - value))
        }
      }
    }
    // Rounding to the nearest level, by sums in float32.
    #expect(worst <= 0.5001, "\(memory.format) \(width)x\(height) \(matrix) \(rotation)")
  }

  @Test(arguments: Format.allCases, [(1, 1), (2, 2), (1, 7), (7, 1), (3, 5), (16, 9), (33, 18), (64, 48)])
  func everySizeHasItsColors(format: Format, size: (Int, Int)) throws {
    try expectColors(Memory(format, width: size.0, height: size.1, rowGap: 0))
  }

  @Test(arguments: Format.allCases, CameraPicture.Rotation.allCases)
  func picturesAreShownAsTheyAreRotated(format: Format, rotation: CameraPicture.Rotation) throws {
    try expectColors(Memory(format, width: 13, height: 6, rowGap: 5), rotation: rotation)
  }

  @Test(arguments: Format.allCases, [(0, 0), (7, 0), (0, 1), (64, 3)])
  func gapsBetweenRowsAndPixelsAreSkipped(format: Format, gaps: (Int, Int)) throws {
    try expectColors(Memory(format, width: 21, height: 11, rowGap: gaps.0, pixelGap: gaps.1))
  }

  @Test(arguments: [Format.nv12, .i420], CameraPicture.Matrix.allCases)
  func matricesAndRangesAreTheStandards(format: Format, matrix: CameraPicture.Matrix) throws {
    for isFullRange in [false, true] {
      try expectColors(
        Memory(format, width: 40, height: 30, rowGap: 1), matrix: matrix, isFullRange: isFullRange)
    }
  }

  /// Android's planes of Cb and Cr may be the same memory, a byte apart, which ends with the last pixel.
  @Test func interleavedPlanesAreThoseOfAndroid() throws {
    let semiplanar = Memory(.nv12, width: 9, height: 7, rowGap: 3)
    let expected = try semiplanar.withPicture { Frame($0) }
    let (luma, chroma) = (semiplanar.planes[0], semiplanar.planes[1])
    let found = try luma.bytes.withUnsafeBytes { y in
      try chroma.bytes.withUnsafeBytes { both in
        try Frame(
          CameraPicture(
            .i420, width: 9, height: 7,
            planes: [
              .init(y, rowStride: luma.rowStride),
              .init(
                UnsafeRawBufferPointer(rebasing: both[..<(both.count - 1)]), rowStride: chroma.rowStride, pixelStride: 2
              ),
              .init(UnsafeRawBufferPointer(rebasing: both[1...]), rowStride: chroma.rowStride, pixelStride: 2),
            ], timestamp: 2.5))
      }
    }
    #expect(found == expected)
  }

  @Test(arguments: Format.allCases) func memoryThatIsTooSmallIsRefused(format: Format) throws {
    var memory = Memory(format, width: 5, height: 5, rowGap: 2)
    for plane in memory.planes.indices {
      let whole = memory.planes[plane].bytes
      // The last pixel's alpha is not read.
      for count in [0, 1, whole.count - (format == .rgba || format == .bgra ? 2 : 1)] {
        memory.planes[plane].bytes = Array(whole.prefix(count))
        #expect(throws: PreprocessingError.self) { try memory.withPicture { Frame($0) } }
      }
      memory.planes[plane].bytes = whole
      for stride in [0, -5, 4, Int.max] {
        var other = memory
        other.planes[plane].rowStride = format == .nv12 || plane == 0 ? stride : min(stride, 2)
        #expect(throws: PreprocessingError.self) { try other.withPicture { Frame($0) } }
        var third = memory
        third.planes[plane].pixelStride = stride == 4 ? 65 : min(stride, 0)
        #expect(throws: PreprocessingError.self) { try third.withPicture { Frame($0) } }
      }
    }
    for (width, height) in [(0, 5), (5, 0), (-1, 5), (5, Int.max)] {
      #expect(throws: PreprocessingError.self) {
        try CameraPicture(format, width: width, height: height, planes: [], timestamp: 0)
      }
    }
    #expect(throws: PreprocessingError.self) {
      try CameraPicture(format, width: 5, height: 5, planes: [], timestamp: 0)
    }
  }
}
