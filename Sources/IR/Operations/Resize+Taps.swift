extension Operations.Resize {
  /// An element of x and its share of an element of the result.
  package typealias Tap = (index: Int, weight: Double)

  /// Returns the elements that an element of the result is computed from along an axis.
  ///
  /// - Parameters:
  ///   - position: The index in the result.
  ///   - from: The axis's length in x.
  ///   - to: Its length in the result.
  ///   - factor: The factor if it is given; nil for the ratio of the lengths.
  package func taps(of position: Int, from: Int, to: Int, factor: Float?) -> [Tap] {
    let factor = factor.map { Double($0) } ?? Double(to) / Double(from)
    let place = place(of: Double(position), from: Double(from), to: Double(to), factor: factor)
    if mode == .nearest { return [(nearest(place, length: from), 1)] }
    let taps = neighbours(place, factor: antialiases ? min(factor, 1) : 1)
    let inside = excludesOutside ? taps.filter { (0..<from).contains($0.index) } : taps
    let sum = inside.reduce(0) { $0 + $1.weight }
    return inside.map { (min(max($0.index, 0), from - 1), $0.weight / sum) }
  }

  private func place(of i: Double, from: Double, to: Double, factor: Double) -> Double {
    let middle = (i + 0.5) / factor - 0.5
    switch coordinates {
    case .halfPixel: return middle
    case .halfPixelSymmetric: return from / 2 * (1 - to / (factor * from)) + middle
    case .pytorchHalfPixel: return to > 1 ? middle : 0
    case .alignCorners: return to > 1 ? i * (from - 1) / (to - 1) : 0
    case .asymmetric: return i / factor
    }
  }

  private func nearest(_ place: Double, length: Int) -> Int {
    let rounded =
      switch rounding {
      case .preferFloor: (place - 0.5).rounded(.up)
      case .preferCeil: (place + 0.5).rounded(.down)
      case .floor: place.rounded(.down)
      case .ceil: place.rounded(.up)
      }
    return min(max(Int(rounded), 0), length - 1)
  }

  /// Returns the elements around a place, with weights that are the mode's function of their distance; with a factor
  /// below 1 the function is as much wider.
  private func neighbours(_ place: Double, factor: Double) -> [Tap] {
    let first = place.rounded(.down)
    let reach = mode == .linear ? 1.0 : 2.0
    let start = (-reach / factor).rounded(.down) + 1
    return (Int(start)...Int(reach - start)).map { step in
      (Int(first) + step, weight(abs(first + Double(step) - place) * factor))
    }
  }

  private func weight(_ distance: Double) -> Double {
    if mode == .linear { return max(1 - distance, 0) }
    let (a, d) = (Double(cubicCoefficient), distance)
    if d <= 1 { return ((a + 2) * d - (a + 3)) * d * d + 1 }
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0
  }
}
