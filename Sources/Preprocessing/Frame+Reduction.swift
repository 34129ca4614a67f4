extension Frame {
  /// Returns this frame reduced so that its shorter side has `shortSide` pixels, or unchanged if it has no more
  /// already.
  ///
  /// Each pixel is the mean of those that it covers. Reduced frames take less memory, but clips made from them are not
  /// exactly those of the original.
  ///
  /// - Precondition: `shortSide` is positive.
  public func reduced(toShortSide shortSide: Int) -> Frame {
    precondition(shortSide > 0, "a frame needs pixels")
    guard min(width, height) > shortSide,
      let size = Resampler.scaledSize(width: width, height: height, shortSide: shortSide)
    else { return self }
    let columns = Self.covers(source: width, target: size.width)
    let rows = Self.covers(source: height, target: size.height)
    var pixels = [UInt8](repeating: 0, count: size.width * size.height * 3)
    var sums = [Float](repeating: 0, count: size.width * 3)
    for (y, row) in rows.enumerated() {
      for index in sums.indices { sums[index] = 0.5 }
      for (line, weight) in zip(row.pixels, row.weights) { addAcross(line, columns, weight, to: &sums) }
      for (index, sum) in sums.enumerated() { pixels[y * sums.count + index] = UInt8(min(sum, 255)) }
    }
    return Frame(checkedWidth: size.width, height: size.height, pixels: pixels, timestamp: timestamp)
  }

  /// The source pixels that a target pixel covers, and the weight of each.
  private struct Cover {
    let pixels: Range<Int>
    let weights: [Float]
  }

  private static func covers(source: Int, target: Int) -> [Cover] {
    (0..<target).map { index in
      // In units of 1 / target of a source pixel, in which everything is an integer.
      let span = index * source..<(index + 1) * source
      let pixels = span.lowerBound / target..<(span.upperBound + target - 1) / target
      let weights = pixels.map { pixel in
        Float(min(span.upperBound, (pixel + 1) * target) - max(span.lowerBound, pixel * target)) / Float(source)
      }
      return Cover(pixels: pixels, weights: weights)
    }
  }

  private func addAcross(_ row: Int, _ columns: [Cover], _ rowWeight: Float, to sums: inout [Float]) {
    let start = row * width * 3
    for (x, column) in columns.enumerated() {
      var (red, green, blue) = (Float(0), Float(0), Float(0))
      for (index, weight) in column.weights.enumerated() {
        let pixel = start &+ (column.pixels.lowerBound &+ index) &* 3
        red += weight * Float(pixels[pixel])
        green += weight * Float(pixels[pixel &+ 1])
        blue += weight * Float(pixels[pixel &+ 2])
      }
      sums[x &* 3] += rowWeight * red
      sums[x &* 3 &+ 1] += rowWeight * green
      sums[x &* 3 &+ 2] += rowWeight * blue
    }
  }
}
