import Tensors

/// Builds a clip tensor from frames, one at a time and in any order.
///
/// Memory is the clip tensor and one frame: a frame can be released as soon as it is placed.
public struct ClipBuilder: Sendable {
  /// How the model's clips are made.
  public let recipe: ClipRecipe
  /// The squares to take of each frame; one clip is made for each.
  public let crops: [SpatialCrop]
  private var values: [Float]
  private(set) var resamplers: [Resampler] = []
  private var isPlaced: [Bool]

  /// Creates an empty clip.
  ///
  /// - Throws: ``PreprocessingError`` if there are no crops or the tensor would not fit memory.
  public init(recipe: ClipRecipe, crops: [SpatialCrop] = [.center]) throws(PreprocessingError) {
    guard !crops.isEmpty else { throw .badRecipe("there are no crops") }
    let shape = Self.shape(recipe: recipe, crops: crops)
    guard let byteCount = Tensor.byteCount(shape: shape, elementType: .float32), byteCount <= Self.maximumByteCount
    else { throw .clipTooLarge(shape: shape) }
    self.recipe = recipe
    self.crops = crops
    values = [Float](repeating: 0, count: byteCount / ElementType.float32.byteCount)
    isPlaced = [Bool](repeating: false, count: recipe.frameCount)
  }

  /// The largest clip in bytes; a larger one is a mistake in a recipe.
  private static let maximumByteCount = 1 << 32

  /// The shape of ``tensor()``: `[crops, 3, T, cropSize, cropSize]`.
  public var shape: [Int] { Self.shape(recipe: recipe, crops: crops) }

  private static func shape(recipe: ClipRecipe, crops: [SpatialCrop]) -> [Int] {
    [crops.count, 3, recipe.frameCount, recipe.cropSize, recipe.cropSize]
  }

  /// Scales, crops and normalizes a frame into the given positions of the clip, and replaces frames that were there.
  ///
  /// - Parameters:
  ///   - frame: The frame.
  ///   - positions: The positions in the clip, in `0 ..< frameCount`.
  /// - Throws: ``PreprocessingError`` if the frame is too long and thin to be scaled.
  public mutating func place(_ frame: Frame, at positions: [Int]) throws(PreprocessingError) {
    guard let first = positions.first else { return }
    try prepareResamplers(for: frame)
    let planeCount = recipe.cropSize * recipe.cropSize
    let channelStride = recipe.frameCount * planeCount
    for (clip, resampler) in resamplers.enumerated() {
      let clipStart = clip * 3 * channelStride
      resampler.resample(frame, to: &values, at: clipStart + first * planeCount, stride: channelStride)
      for position in positions.dropFirst() {
        for channel in 0..<3 {
          let channelStart = clipStart + channel * channelStride
          for index in 0..<planeCount {
            values[channelStart + position * planeCount + index] = values[channelStart + first * planeCount + index]
          }
        }
      }
    }
    for position in positions { isPlaced[position] = true }
  }

  /// Places a frame that was scaled before in the clip.
  ///
  /// - Precondition: It is from a builder with the same recipe and crops, and the position is in `0 ..< frameCount`.
  public mutating func place(_ frame: CroppedFrame, at position: Int) {
    let plane = recipe.cropSize * recipe.cropSize
    precondition(frame.values.count == crops.count * 3 * plane, "a frame is for the clips that it was cropped for")
    for channel in 0..<crops.count * 3 {
      let target = (channel * recipe.frameCount + position) * plane
      values.replaceSubrange(target..<target + plane, with: frame.values[channel * plane..<(channel + 1) * plane])
    }
    isPlaced[position] = true
  }

  /// Creates the resamplers for frames of a frame's size, if they do not exist yet.
  mutating func prepareResamplers(for frame: Frame) throws(PreprocessingError) {
    if resamplers.first.map({ $0.width == frame.width && $0.height == frame.height }) == true { return }
    var fitting: [Resampler] = []
    for crop in crops {
      fitting.append(try Resampler(width: frame.width, height: frame.height, recipe: recipe, crop: crop))
    }
    resamplers = fitting
  }

  /// Returns the clip: float32 `[crops, 3, T, cropSize, cropSize]`.
  ///
  /// - Throws: ``PreprocessingError/incompleteClip(frames:expected:)`` if a position has no frame yet.
  public func tensor() throws(PreprocessingError) -> Tensor {
    let placed = isPlaced.count(where: { $0 })
    guard placed == isPlaced.count else { throw .incompleteClip(frames: placed, expected: isPlaced.count) }
    return Tensor(values, shape: shape)
  }
}

extension Tensor {
  /// Returns a clip of the given frames: uniformly subsampled, scaled, cropped and normalized.
  ///
  /// - Returns: float32 `[crops, 3, T, cropSize, cropSize]`.
  /// - Throws: ``PreprocessingError`` if there are no frames, or one cannot be scaled.
  public static func clip(
    of frames: [Frame], recipe: ClipRecipe, crops: [SpatialCrop] = [.center]
  ) throws(PreprocessingError) -> Tensor {
    var builder = try ClipBuilder(recipe: recipe, crops: crops)
    let indices = TemporalSubsample.indices(available: frames.count, count: recipe.frameCount)
    for (index, frame) in frames.enumerated() {
      try builder.place(frame, at: indices.indices.filter { indices[$0] == index })
    }
    return try builder.tensor()
  }
}
