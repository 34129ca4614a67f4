extension ClipRecipe {
  /// The range of the numbers in clips of this recipe, from the darkest to the brightest pixel.
  public var range: ClosedRange<Float> {
    let lows = zip(mean, standardDeviation).map { (0 - $0) / $1 }
    let highs = zip(mean, standardDeviation).map { (1 - $0) / $1 }
    return (lows.min() ?? 0)...(highs.max() ?? 1)
  }
}
