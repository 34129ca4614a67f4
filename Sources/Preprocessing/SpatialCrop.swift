/// The square of a scaled frame that a model sees.
public struct SpatialCrop: Sendable, Hashable {
  /// The position of the square.
  public enum Position: Sendable, Hashable {
    /// The center, half pixels rounded to even: torchvision's `CenterCrop`, as in the model zoo's recipes.
    case center
    /// One of three positions along the longer side (0 = left or top, 1 = center, 2 = right or bottom), half pixels
    /// rounded up: PyTorchVideo's `uniform_crop`.
    case uniform(Int)
    /// A relative position across and down, 0 ..< 1 each.
    case fraction(x: Double, y: Double)
  }

  /// The position of the square.
  public var position: Position
  /// Whether the square is mirrored horizontally.
  public var isFlipped: Bool
  /// The length in pixels that the shorter side is scaled to, instead of the recipe's; nil for the recipe's.
  public var shortSide: Int?

  /// Creates a crop.
  public init(_ position: Position, isFlipped: Bool = false, shortSide: Int? = nil) {
    self.position = position
    self.isFlipped = isFlipped
    self.shortSide = shortSide
  }

  /// The center crop.
  public static let center = SpatialCrop(.center)

  /// The three crops that cover a frame along its longer side.
  public static let three = [SpatialCrop(.uniform(0)), SpatialCrop(.uniform(1)), SpatialCrop(.uniform(2))]

  /// Returns a random crop for training, after scaling to a random shorter side.
  ///
  /// - Parameters:
  ///   - shortSides: The range of the shorter side in pixels.
  ///   - flips: Whether half of the crops are mirrored horizontally.
  ///   - generator: The source of random numbers.
  public static func random(
    shortSides: ClosedRange<Int>, flips: Bool = true, using generator: inout some RandomNumberGenerator
  ) -> SpatialCrop {
    let position = Position.fraction(
      x: .random(in: 0..<1, using: &generator), y: .random(in: 0..<1, using: &generator))
    // A number is drawn in either case, so that the other choices do not depend on `flips`.
    let isFlipped = Bool.random(using: &generator) && flips
    return SpatialCrop(position, isFlipped: isFlipped, shortSide: .random(in: shortSides, using: &generator))
  }

  /// Returns the left and top edge of the square in a scaled frame.
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
