import Preprocessing

/// How clips are augmented from epoch to epoch, so that a model learns to ignore what does not matter.
///
/// The defaults are PyTorchVideo's recipe for X3D, for crops of any size: crops of 160 pixels from a shorter side of
/// 182 to 228.
public struct Augmentation: Sendable, Hashable {
  /// Whether a clip starts at a random time of its video instead of where it would be classified.
  public var startsAnywhere = true
  /// The range of the shorter side before the crop, as a multiple of the crop size; nil for the recipe's own.
  public var scale: ClosedRange<Double>? = 182.0 / 160...228.0 / 160
  /// Whether the crop is at a random place instead of the center.
  public var cropsAnywhere = true
  /// Whether half of the clips are mirrored horizontally. Turn it off where direction tells classes apart.
  public var flips = true
  /// The largest relative changes of brightness, contrast and saturation.
  public var color = ColorJitter()
  /// The parameter α of mixup (Zhang et al. 2018); 0 turns it off.
  ///
  /// Each clip and its target are blended with another one of the batch, by a share from the distribution Beta(α, α).
  public var mixup = 0.0

  /// Creates PyTorchVideo's recipe for X3D.
  public init() {}

  /// No augmentation: clips as they are classified.
  public static let none: Augmentation = {
    var none = Augmentation()
    none.startsAnywhere = false
    none.scale = nil
    none.cropsAnywhere = false
    none.flips = false
    return none
  }()

  /// A description of the setting that is out of range; nil if all are valid.
  var problem: String? {
    if let scale, !(scale.lowerBound >= 1 && scale.upperBound <= 16) {
      return "crops are scaled from \(scale.lowerBound) to \(scale.upperBound) times their size, not 1 to 16 times"
    }
    if !(mixup >= 0 && mixup <= 100) { return "the parameter of mixup is \(mixup), not 0 to 100" }
    return color.problem
  }

  /// Returns the range of the shorter side that frames are scaled to for a recipe, in pixels.
  func shortSides(_ recipe: ClipRecipe) -> ClosedRange<Int> {
    guard let scale else { return recipe.shortSide...recipe.shortSide }
    let crop = Double(recipe.cropSize)
    let low = min(max(Int((scale.lowerBound * crop).rounded()), recipe.cropSize), 8192)
    return low...min(max(Int((scale.upperBound * crop).rounded()), low), 8192)
  }

  /// Returns where in a video a clip starts, in seconds.
  func start(videoDuration: Double, recipe: ClipRecipe, using generator: inout RandomStream) -> Double {
    guard startsAnywhere else {
      return ClipSampling.uniform(count: 1, videoDuration: videoDuration, clipDuration: recipe.duration)[0]
    }
    return ClipSampling.random(videoDuration: videoDuration, clipDuration: recipe.duration, using: &generator)
  }

  /// Returns which square of the frames a clip shows.
  func crop(_ recipe: ClipRecipe, using generator: inout RandomStream) -> SpatialCrop {
    var crop = SpatialCrop.random(shortSides: shortSides(recipe), flips: flips, using: &generator)
    if !cropsAnywhere { crop.position = .center }
    return crop
  }
}
