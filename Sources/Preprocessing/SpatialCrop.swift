/// Which square of a scaled frame a model sees.
public struct SpatialCrop: Sendable, Hashable {
  /// Where the square lies.
  public enum Position: Sendable, Hashable {
    /// The middle, half pixels rounded to even: torchvision's `CenterCrop`, as in the model zoo's recipes.
    case center
    /// One of three along the longer side (0 = left or top, 1 = middle, 2 = right or bottom), half pixels rounded up:
    /// PyTorchVideo's `uniform_crop`.
    case uniform(Int)
    /// A share, 0 up to but not including 1, of the places that the square can have across and down.
    case fraction(x: Double, y: Double)
  }

  /// Where the square lies.
  public var position: Position
  /// Whether left and right change places.
  public var isFlipped: Bool
  /// What the shorter side is scaled to in place of the recipe's, in pixels.
  public var shortSide: Int?

  /// A crop.
  public init(_ position: Position, isFlipped: Bool = false, shortSide: Int? = nil) {
    self.position = position
    self.isFlipped = isFlipped
    self.shortSide = shortSide
  }

  /// The one crop in the middle.
  public static let center = SpatialCrop(.center)

  /// The three crops that cover a frame along its longer side.
  public static let three = [SpatialCrop(.uniform(0)), SpatialCrop(.uniform(1)), SpatialCrop(.uniform(2))]

  /// A crop for training: anywhere, after scaling to a short side in `shortSides`.
  ///
  /// - Parameter flips: whether left and right change places half of the time.
  public static func random(
    shortSides: ClosedRange<Int>, flips: Bool = true, using generator: inout some RandomNumberGenerator
  ) -> SpatialCrop {
    let position = Position.fraction(
      x: .random(in: 0..<1, using: &generator), y: .random(in: 0..<1, using: &generator))
    // A number is taken in either case: the other choices stay what they are.
    let isFlipped = Bool.random(using: &generator) && flips
    return SpatialCrop(position, isFlipped: isFlipped, shortSide: .random(in: shortSides, using: &generator))
  }

  /// The square's left and top edge in a scaled frame.
  func origin(width: Int, height: Int, size: Int) -> (x: Int, y: Int) {
    let spare = (x: width - size, y: height - size)
    switch position {
    case .center:
      return (Self.halfToEven(spare.x), Self.halfToEven(spare.y))
    case .uniform(let index):
      let middle = (x: (spare.x + 1) / 2, y: (spare.y + 1) / 2)
      let alongY = height > width
      switch index {
      case ...0: return alongY ? (middle.x, 0) : (0, middle.y)
      case 1: return middle
      default: return alongY ? (middle.x, spare.y) : (spare.x, middle.y)
      }
    case .fraction(let x, let y):
      return (Self.share(x, of: spare.x), Self.share(y, of: spare.y))
    }
  }

  private static func halfToEven(_ spare: Int) -> Int {
    Int((Double(spare) / 2).rounded(.toNearestOrEven))
  }

  private static func share(_ fraction: Double, of spare: Int) -> Int {
    guard fraction > 0 else { return 0 }
    return min(spare, Int(min(fraction, 1) * Double(spare + 1)))
  }
}
