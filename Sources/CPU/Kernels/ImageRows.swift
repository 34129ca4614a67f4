/// Where the rows of an image `[H, T, W, pixel]` lie: all of them, or a ring of the latest few.
///
/// Row `h` starts at `h % count * stride` elements. A ring lets a layer's rows go to the next layer while they are in a near
/// cache, without memory for all of them.
public struct ImageRows: Sendable, Hashable {
  /// How many rows there is memory for.
  public var count: Int
  /// Elements from one row to the next, at least those of a row.
  public var stride: Int

  /// Rows in a ring.
  public init(count: Int, stride: Int) {
    self.count = count
    self.stride = stride
  }

  /// All rows of an image of some size, `[T, H, W]`, one behind the other.
  init(size: [Int], pixel: Int) { self.init(count: max(size[1], 1), stride: size[0] * size[2] * pixel) }
}
