/// How a model's clips are made: the number of frames, their distance, size and normalization.
///
/// The steps are PyTorchVideo's: frames of a time span, a uniform temporal subsample, division by 255, normalization,
/// scaling by the shorter side, a crop.
public struct ClipRecipe: Sendable, Hashable {
  /// The number of frames in a clip, T.
  public let frameCount: Int
  /// The number of frames of the source video for each frame of the clip.
  public let samplingRate: Int
  /// The length in pixels that a frame's shorter side is scaled to.
  public let shortSide: Int
  /// The side of the square crop in pixels.
  public let cropSize: Int
  /// The mean that is subtracted from red, green and blue in 0...1.
  public let mean: [Float]
  /// The standard deviation of red, green and blue, by which the difference is divided.
  public let standardDeviation: [Float]
  /// The frame rate that ``samplingRate`` is relative to, whatever a video's own rate is.
  public let framesPerSecond: Double

  /// Creates a recipe; the default values are those of the Kinetics model zoo.
  ///
  /// - Throws: ``PreprocessingError/badRecipe(_:)`` if a value is out of range.
  public init(
    frameCount: Int, samplingRate: Int, shortSide: Int, cropSize: Int,
    mean: [Float] = [0.45, 0.45, 0.45], standardDeviation: [Float] = [0.225, 0.225, 0.225],
    framesPerSecond: Double = 30
  ) throws(PreprocessingError) {
    func check(_ isRight: Bool, _ problem: @autoclosure () -> String) throws(PreprocessingError) {
      if !isRight { throw .badRecipe(problem()) }
    }
    try check((1...4096).contains(frameCount), "the frame count is \(frameCount), not 1 to 4096")
    try check((1...4096).contains(samplingRate), "the sampling rate is \(samplingRate), not 1 to 4096")
    try check((1...8192).contains(shortSide), "the short side is \(shortSide), not 1 to 8192 pixels")
    try check(
      (1...shortSide).contains(cropSize), "the crop size is \(cropSize), not 1 to the short side of \(shortSide)")
    try check(
      mean.count == 3 && mean.allSatisfy(\.isFinite), "the mean is \(mean), not three finite numbers")
    try check(
      standardDeviation.count == 3 && standardDeviation.allSatisfy { $0.isFinite && $0 > 0 },
      "the standard deviation is \(standardDeviation), not three positive numbers")
    try check(
      framesPerSecond.isFinite && (0.001...100_000).contains(framesPerSecond),
      "the frame rate is \(framesPerSecond), not 0.001 to 100000")
    self.frameCount = frameCount
    self.samplingRate = samplingRate
    self.shortSide = shortSide
    self.cropSize = cropSize
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.framesPerSecond = framesPerSecond
  }

  private init(_ clip: ClipRecipe, frameCount: Int, samplingRate: Int) {
    self.frameCount = frameCount
    self.samplingRate = samplingRate
    shortSide = clip.shortSide
    cropSize = clip.cropSize
    mean = clip.mean
    standardDeviation = clip.standardDeviation
    framesPerSecond = clip.framesPerSecond
  }

  /// Returns the recipe of a clip of the same time span with fewer frames.
  ///
  /// - Precondition: The stride divides ``frameCount``.
  func taking(oneFrameOf stride: Int) -> ClipRecipe {
    ClipRecipe(self, frameCount: frameCount / stride, samplingRate: samplingRate * stride)
  }

  /// The recipe of a single frame of the clip.
  package var ofOneFrame: ClipRecipe { ofFrames(1) }

  /// Returns the recipe of a clip with another number of frames at the same rate.
  package func ofFrames(_ count: Int) -> ClipRecipe {
    ClipRecipe(self, frameCount: count, samplingRate: samplingRate)
  }

  /// The shape of one clip: `[1, 3, T, crop, crop]`.
  public var clipShape: [Int] { [1, 3, frameCount, cropSize, cropSize] }

  /// The time span that a clip covers, in seconds.
  public var duration: Double { Double(frameCount) * Double(samplingRate) / framesPerSecond }
}
