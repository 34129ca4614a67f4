import Tensors

/// How the inputs of a model are made of one clip of a video: each takes all of its frames, or fewer, evenly spread.
///
/// A network with several pathways sees the same clip at several frame rates. SlowFast's fast pathway takes all frames, and
/// its slow one every fourth of them (`strides` of `[4, 1]`).
public struct ClipInputs: Sendable, Hashable {
  /// How the clip is made.
  public let clip: ClipRecipe
  /// For each input, in order: the number of the clip's frames for each of its own.
  public let strides: [Int]

  /// Creates the inputs of a clip.
  ///
  /// - Parameters:
  ///   - clip: How the clip is made.
  ///   - strides: For each input, the number of the clip's frames for each of its own.
  /// - Throws: ``PreprocessingError/badRecipe(_:)`` if the frames cannot be divided like that.
  public init(_ clip: ClipRecipe, strides: [Int] = [1]) throws(PreprocessingError) {
    for stride in strides where stride < 1 || clip.frameCount % stride != 0 {
      throw .badRecipe("\(clip.frameCount) frames cannot give one frame for every \(stride)")
    }
    self.clip = clip
    self.strides = strides
  }

  /// Creates the inputs with the given recipes: the clip is that of the input with the most frames.
  ///
  /// - Throws: ``PreprocessingError/severalClips`` if they differ in more than the number of frames.
  public init(_ recipes: [ClipRecipe]) throws(PreprocessingError) {
    guard let clip = recipes.max(by: { $0.frameCount < $1.frameCount }) else { throw .badRecipe("there are no inputs") }
    try self.init(clip, strides: recipes.map { max(1, clip.frameCount / $0.frameCount) })
    guard self.recipes == recipes else { throw .severalClips }
  }

  /// The recipe of each input: the clip's, with fewer frames at a lower rate.
  public var recipes: [ClipRecipe] { strides.map { clip.taking(oneFrameOf: $0) } }

  /// The shape of each input for one clip.
  public var shapes: [[Int]] { recipes.map(\.clipShape) }

  /// Returns the inputs made of a clip `[N, 3, T, H, W]`, whatever its number of frames is.
  ///
  /// Frames are taken as PyTorchVideo does for SlowFast (`PackPathway`): evenly from the first to the last one, with
  /// truncated indices (``TemporalSubsample``).
  ///
  /// - Parameter clip: The clip, with all frames.
  /// - Returns: A tensor for each input, in order.
  public func tensors(of clip: Tensor) -> [Tensor] {
    strides.map { stride in
      guard stride > 1, clip.rank == 5 else { return clip }
      return clip.selectingFrames(TemporalSubsample.indices(available: clip.shape[2], count: clip.shape[2] / stride))
    }
  }

  /// Returns the same inputs of a clip that is made in another way.
  ///
  /// - Parameter clip: How the clip is made.
  /// - Throws: ``PreprocessingError/badRecipe(_:)`` if its frames cannot be divided.
  public func made(of clip: ClipRecipe) throws(PreprocessingError) -> ClipInputs {
    try ClipInputs(clip, strides: strides)
  }

  /// Returns the recipes by the names of the inputs.
  ///
  /// - Parameter names: The names of the inputs, in order.
  public func recipes(named names: [String]) -> [String: ClipRecipe] {
    Dictionary(zip(names, recipes)) { first, _ in first }
  }
}

extension Tensor {
  /// Returns the frames of a clip `[N, C, T, H, W]`, float32, with these indices.
  public func selectingFrames(_ frames: [Int]) -> Tensor {
    let plane = shape[3] * shape[4]
    let values = elements(as: Float.self)
    var result: [Float] = []
    result.reserveCapacity(shape[0] * shape[1] * frames.count * plane)
    for channel in 0..<shape[0] * shape[1] {
      for frame in frames {
        let first = (channel * shape[2] + frame) * plane
        result += values[first..<first + plane]
      }
    }
    return Tensor(result, shape: [shape[0], shape[1], frames.count, shape[3], shape[4]])
  }
}

extension Tensor {
  /// Returns the clip `[N, C, T, H, W]` of parts of it, float32, one after the other in time.
  ///
  /// - Precondition: There is a part, and all have the same shape but for the number of frames.
  public static func joiningFrames(_ parts: [Tensor]) -> Tensor {
    let first = parts[0].shape
    precondition(
      parts.allSatisfy { $0.shape[..<2] == first[..<2] && $0.shape[3...] == first[3...] }, "parts are of one clip")
    let counts = parts.map { $0.shape[2] * first[3] * first[4] }
    let frameCount = parts.reduce(0) { $0 + $1.shape[2] }
    var values: [Float] = []
    values.reserveCapacity(first[0] * first[1] * frameCount * first[3] * first[4])
    for channel in 0..<first[0] * first[1] {
      for (part, count) in zip(parts, counts) {
        part.withUnsafeElements(as: Float.self) { values += $0[channel * count..<(channel + 1) * count] }
      }
    }
    return Tensor(values, shape: [first[0], first[1], frameCount, first[3], first[4]])
  }
}
