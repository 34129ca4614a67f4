/// Where the rows of an image `[H, T, W, pixel]` lie: all rows in memory, or a ring of the latest few.
///
/// Row `h` starts at `h % count * stride` elements. A ring lets a layer's rows go to the next layer while they are in a near
/// cache, without memory for all of them.
public struct ImageRows: Sendable, Hashable {
  /// The number of rows that there is memory for.
  public var count: Int
  /// The number of elements from one row to the next, at least those of a row.
  public var stride: Int

  /// Creates a ring of rows.
  public init(count: Int, stride: Int) {
    self.count = count
    self.stride = stride
  }

  /// The rows of a whole image of a size `[T, H, W]`, one after the other.
  init(size: [Int], pixel: Int) { self.init(count: max(size[1], 1), stride: size[0] * size[2] * pixel) }
}
