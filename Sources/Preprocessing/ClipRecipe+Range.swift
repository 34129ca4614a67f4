extension ClipRecipe {
  /// What numbers clips of this recipe hold: those of the darkest and the brightest pixel.
  public var range: ClosedRange<Float> {
    let lows = zip(mean, standardDeviation).map { (0 - $0) / $1 }
    let highs = zip(mean, standardDeviation).map { (1 - $0) / $1 }
    return (lows.min() ?? 0)...(highs.max() ?? 1)
  }
}
