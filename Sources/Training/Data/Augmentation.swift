import Preprocessing

/// How clips are varied from epoch to epoch, so that a model learns what does not matter.
///
/// The defaults are PyTorchVideo's recipe for X3D, for crops of any size: 160 pixels of a short side of 182 to 228.
public struct Augmentation: Sendable, Hashable {
  /// Whether a clip starts anywhere in its video, and not always where it is classified.
  public var startsAnywhere = true
  /// What the shorter side is scaled to before the crop, in crop sizes: any in the range. Nil: the recipe's.
  public var scale: ClosedRange<Double>? = 182.0 / 160...228.0 / 160
  /// Whether the crop lies anywhere, and not always in the middle.
  public var cropsAnywhere = true
  /// Whether left and right change places half of the time: not where direction tells classes apart.
  public var flips = true
  /// Colours are changed by at most these shares.
  public var color = ColorJitter()
  /// The parameter α of mixup (Zhang et al. 2018): each clip is blended with another one of its batch, by a share from the
  /// distribution Beta(α, α), and so are their targets. 0: clips stay as they are.
  public var mixup = 0.0

  /// PyTorchVideo's recipe for X3D.
  public init() {}

  /// Clips as they are classified.
  public static let none: Augmentation = {
    var none = Augmentation()
    none.startsAnywhere = false
    none.scale = nil
    none.cropsAnywhere = false
    none.flips = false
    return none
  }()

  /// What is out of range, or nil.
  var problem: String? {
    if let scale, !(scale.lowerBound >= 1 && scale.upperBound <= 16) {
      return "crops are scaled from \(scale.lowerBound) to \(scale.upperBound) times their size, not 1 to 16 times"
    }
    if !(mixup >= 0 && mixup <= 100) { return "the parameter of mixup is \(mixup), not 0 to 100" }
    return color.problem
  }

  /// The shorter sides that frames are scaled to for a recipe, in pixels.
  func shortSides(_ recipe: ClipRecipe) -> ClosedRange<Int> {
    guard let scale else { return recipe.shortSide...recipe.shortSide }
    let crop = Double(recipe.cropSize)
    let low = min(max(Int((scale.lowerBound * crop).rounded()), recipe.cropSize), 8192)
    return low...min(max(Int((scale.upperBound * crop).rounded()), low), 8192)
  }

  /// Where in a video a clip starts, in seconds.
  func start(videoDuration: Double, recipe: ClipRecipe, using generator: inout RandomStream) -> Double {
    guard startsAnywhere else {
      return ClipSampling.uniform(count: 1, videoDuration: videoDuration, clipDuration: recipe.duration)[0]
    }
    return ClipSampling.random(videoDuration: videoDuration, clipDuration: recipe.duration, using: &generator)
  }

  /// Which square of the frames a clip shows.
  func crop(_ recipe: ClipRecipe, using generator: inout RandomStream) -> SpatialCrop {
    var crop = SpatialCrop.random(shortSides: shortSides(recipe), flips: flips, using: &generator)
    if !cropsAnywhere { crop.position = .center }
    return crop
  }
}
