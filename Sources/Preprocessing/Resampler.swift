/// Scales frames of one size by their shorter side, crops a square and normalizes: from RGB bytes to planes of float32.
///
/// Scaling is bilinear as in `torch.nn.functional.interpolate(mode="bilinear", align_corners=False)` in float32,
/// without antialiasing. Only the pixels of the crop are read; their indices and weights are computed once.
public struct Resampler: Sendable {
  /// The largest side of a scaled frame; beyond it float32 cannot distinguish pixels well.
  public static let maximumSide = 1 << 20

  /// The frame size that this resampler is for.
  public let width: Int, height: Int
  private let size: Int
  private let columns: [Tap]
  private let rows: [Tap]
  /// For each channel, the factor and the offset of a byte.
  private let scale: [Float], offset: [Float]

  /// The two source pixels that an output pixel lies between, and the weight of each.
  private struct Tap: Sendable {
    let first: Int
    let second: Int
    let firstWeight: Float
    let secondWeight: Float
  }

  /// Computes the tables for frames of `width` × `height` pixels.
  ///
  /// - Throws: ``PreprocessingError`` if the frame is too long and thin, or the crop's own short side is too small.
  public init(width: Int, height: Int, recipe: ClipRecipe, crop: SpatialCrop = .center) throws(PreprocessingError) {
    let shortSide = crop.shortSide ?? recipe.shortSide
    guard (recipe.cropSize...8192).contains(shortSide) else {
      throw .badRecipe("a short side of \(shortSide) does not hold a crop of \(recipe.cropSize)")
    }
    guard let scaled = Self.scaledSize(width: width, height: height, shortSide: shortSide) else {
      throw .frameTooLong(width: width, height: height, shortSide: shortSide)
    }
    self.width = width
    self.height = height
    size = recipe.cropSize
    let origin = crop.origin(width: scaled.width, height: scaled.height, size: size)
    let columns = Self.taps(source: width, target: scaled.width, range: origin.x..<origin.x + size)
    self.columns = crop.isFlipped ? columns.reversed() : columns
    rows = Self.taps(source: height, target: scaled.height, range: origin.y..<origin.y + size)
    scale = recipe.standardDeviation.map { 1 / (255 * $0) }
    offset = zip(recipe.mean, recipe.standardDeviation).map { -$0 / $1 }
  }

  /// Returns the size of a frame scaled by its shorter side, the longer one rounded down (PyTorchVideo's
  /// `short_side_scale`); nil if that is empty or beyond ``maximumSide``.
  public static func scaledSize(width: Int, height: Int, shortSide: Int) -> (width: Int, height: Int)? {
    guard width > 0, height > 0, shortSide > 0 else { return nil }
    let long = (Double(max(width, height)) / Double(min(width, height)) * Double(shortSide)).rounded(.down)
    guard long <= Double(maximumSide) else { return nil }
    return width < height ? (shortSide, Int(long)) : (Int(long), shortSide)
  }

  /// Writes the crop of `frame` to three planes of `planes`, `[cropSize, cropSize]` each: channel c starts at
  /// `start + c * stride`.
  ///
  /// - Precondition: the frame has this resampler's size, and the planes lie within the array.
  func resample(_ frame: Frame, to planes: inout [Float], at start: Int, stride: Int) {
    precondition(frame.width == width && frame.height == height, "a resampler is for frames of one size")
    // Two source rows, scaled horizontally and kept while output rows lie between the same two.
    var upper = [Float](repeating: 0, count: size * 3)
    var lower = upper
    var cached = (upper: -1, lower: -1)
    for (y, row) in rows.enumerated() {
      if row.first != cached.upper {
        if row.first == cached.lower {
          swap(&upper, &lower)
          cached = (cached.lower, cached.upper)
        } else {
          scaleAcross(frame.pixels, row: row.first, to: &upper)
          cached.upper = row.first
        }
      }
      if row.second != cached.lower {
        scaleAcross(frame.pixels, row: row.second, to: &lower)
        cached.lower = row.second
      }
      for channel in 0..<3 {
        let target = start + channel * stride + y * size
        let scale = scale[channel], offset = offset[channel]
        for x in 0..<size {
          let value =
            row.firstWeight * upper[channel &* size &+ x] + row.secondWeight * lower[channel &* size &+ x]
          planes[target &+ x] = value * scale + offset
        }
      }
    }
  }

  /// Scales one source row horizontally: `[3, cropSize]`.
  private func scaleAcross(_ pixels: [UInt8], row: Int, to output: inout [Float]) {
    let rowStart = row * width * 3
    for (x, column) in columns.enumerated() {
      let first = rowStart &+ column.first &* 3
      let second = rowStart &+ column.second &* 3
      for channel in 0..<3 {
        output[channel &* size &+ x] =
          column.firstWeight * Float(pixels[first &+ channel]) + column.secondWeight * Float(pixels[second &+ channel])
      }
    }
  }

  /// Returns the taps of one dimension's output pixels in `range`; pixel centers are at half integers.
  private static func taps(source: Int, target: Int, range: Range<Int>) -> [Tap] {
    let ratio = Float(source) / Float(target)
    return range.map { index in
      let position = max(0, ratio * (Float(index) + 0.5) - 0.5)
      let first = min(Int(position), source - 1)
      let weight = min(max(position - Float(first), 0), 1)
      return Tap(first: first, second: min(first + 1, source - 1), firstWeight: 1 - weight, secondWeight: weight)
    }
  }
}
