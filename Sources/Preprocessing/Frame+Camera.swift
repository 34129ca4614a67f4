extension Frame {
  /// Creates a frame of a camera's picture: its pixels as they are shown, in RGB.
  ///
  /// Colors are those of the formula, rounded to the nearest level; FFmpeg's are up to three levels beside them. Chroma is not
  /// interpolated: each of its pixels counts for 2×2 pixels of luma.
  ///
  /// - Parameter picture: The picture, whose memory is not used afterwards.
  public init(_ picture: CameraPicture) {
    let (width, height) = (picture.width, picture.height)
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
      if let start = buffer.baseAddress {
        let target = ShownRows(start, width: width, height: height, picture.rotation)
        if picture.format.hasChroma {
          ChromaConversion(picture).convert(to: target)
        } else {
          for row in 0..<height { target.write(row, picture.channels.map { $0.row(row) }) }
        }
      }
      count = width * height * 3
    }
    let swapsSides = picture.rotation == .clockwise90 || picture.rotation == .clockwise270
    self.init(
      checkedWidth: swapsSides ? height : width, height: swapsSides ? width : height, pixels: pixels,
      timestamp: picture.timestamp)
  }
}

/// The pixels of one channel in a row.
private struct ChannelRow {
  let start: UnsafePointer<UInt8>
  let pixelStride: Int
}

extension CameraPicture.Channel {
  fileprivate func row(_ number: Int) -> ChannelRow {
    ChannelRow(start: start + number * rowStride, pixelStride: pixelStride)
  }
}

/// The rows of a picture in a frame that shows it with a rotation.
private struct ShownRows {
  private let origin: UnsafeMutablePointer<UInt8>
  /// The bytes from a stored pixel's place to those of the next one in its row, and in its column.
  private let across: Int, down: Int
  private let width: Int

  init(_ start: UnsafeMutablePointer<UInt8>, width: Int, height: Int, _ rotation: CameraPicture.Rotation) {
    self.width = width
    let first: Int
    switch rotation {
    case .none: (across, down, first) = (3, 3 * width, 0)
    case .clockwise90: (across, down, first) = (3 * height, -3, 3 * (height - 1))
    case .clockwise180: (across, down, first) = (-3, -3 * width, 3 * (width * height - 1))
    case .clockwise270: (across, down, first) = (-3 * height, 3, 3 * height * (width - 1))
    }
    origin = start + first
  }

  /// Writes a stored row of red, green and blue.
  func write(_ row: Int, _ channels: [ChannelRow]) {
    let (red, green, blue) = (channels[0].start, channels[1].start, channels[2].start)
    let stride = channels[0].pixelStride
    var target = origin + row * down
    var source = 0
    for _ in 0..<width {
      target[0] = red[source]
      target[1] = green[source]
      target[2] = blue[source]
      target += across
      source &+= stride
    }
  }
}

/// Converts luma and chroma to red, green and blue, by the formula in floating point, rounded to the nearest level.
private struct ChromaConversion {
  private let picture: CameraPicture
  /// The factor of luma, and what is subtracted from it.
  private let lumaScale: Float, black: Float
  /// How much of a channel is Cb and Cr, and what their middle takes away.
  private let red: Float, greenOfBlue: Float, greenOfRed: Float, blue: Float

  init(_ picture: CameraPicture) {
    self.picture = picture
    let shares: (red: Float, blue: Float)
    switch picture.matrix {
    case .bt601: shares = (0.299, 0.114)
    case .bt709: shares = (0.2126, 0.0722)
    }
    let green = 1 - shares.red - shares.blue
    let scale: Float = picture.isFullRange ? 1 : 255 / 224
    lumaScale = picture.isFullRange ? 1 : 255 / 219
    black = picture.isFullRange ? 0 : 16
    red = 2 * (1 - shares.red) * scale
    blue = 2 * (1 - shares.blue) * scale
    greenOfBlue = -blue * shares.blue / green
    greenOfRed = -red * shares.red / green
  }

  func convert(to target: ShownRows) {
    let width = picture.width
    let columns = (width + 1) / 2 * 2
    // What chroma adds to red, green and blue; then a row of each.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * columns) { added in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 3 * width) { rows in
        guard let added = added.baseAddress, let rows = rows.baseAddress else { return }
        let channels = (0..<3).map { ChannelRow(start: UnsafePointer(rows + $0 * width), pixelStride: 1) }
        for row in 0..<picture.height {
          if row % 2 == 0 { addChroma(row / 2, columns, to: added) }
          let luma = picture.channels[0].row(row)
          for channel in 0..<3 { sum(luma, added + channel * columns, to: rows + channel * width) }
          target.write(row, channels)
        }
      }
    }
  }

  /// Computes what a row of chroma adds to two rows of each channel.
  private func addChroma(_ row: Int, _ columns: Int, to added: UnsafeMutablePointer<Float>) {
    let (cb, cr) = (picture.channels[1].row(row), picture.channels[2].row(row))
    let (green, blue) = (added + columns, added + 2 * columns)
    for pair in 0..<columns / 2 {
      let b = Float(cb.start[pair &* cb.pixelStride]) - 128
      let r = Float(cr.start[pair &* cr.pixelStride]) - 128
      for column in 2 &* pair..<2 &* pair &+ 2 {
        added[column] = self.red * r
        green[column] = greenOfBlue * b + greenOfRed * r
        blue[column] = self.blue * b
      }
    }
  }

  /// Adds luma to what chroma adds, for a row of one channel.
  private func sum(_ luma: ChannelRow, _ added: UnsafePointer<Float>, to row: UnsafeMutablePointer<UInt8>) {
    // The loop is vectorized: what it reads is in registers, and it knows the stride.
    let (pixels, width, level) = (luma.start, picture.width, LumaLevel(scale: lumaScale, black: black))
    if luma.pixelStride == 1 {
      for column in 0..<width { row[column] = level(pixels[column], added[column]) }
    } else {
      let stride = luma.pixelStride
      for column in 0..<width { row[column] = level(pixels[column &* stride], added[column]) }
    }
  }
}

/// The level of a channel of a pixel.
private struct LumaLevel {
  let scale: Float, black: Float

  func callAsFunction(_ luma: UInt8, _ added: Float) -> UInt8 {
    let value = scale * (Float(luma) - black) + added
    let level = value < 0 ? 0 : value > 255 ? 255 : value
    // Adding this puts the nearest whole number into a float's lowest bits; a checked conversion is not vectorized.
    return UInt8(truncatingIfNeeded: (level + 12_582_912).bitPattern)
  }
}
