/// The tiles of a stage that are left of a worker's share, in the bits of an atomic counter.
///
/// The round that it belongs to is part of it: who wants to take a tile of a stage that is over, because it was
/// interrupted, does not find the share that it knows.
struct Share {
  /// The largest number of tiles of a stage.
  static let mostTiles = 1 << 15

  private let round: UInt32
  private(set) var tiles: Range<Int>

  init(round: Int64, tiles: Range<Int>) {
    self.round = UInt32(truncatingIfNeeded: round)
    self.tiles = tiles
  }

  init(bits: Int64) {
    let bits = UInt64(bitPattern: bits)
    round = UInt32(truncatingIfNeeded: bits >> 32)
    tiles = Int(bits >> 16 & 0xFFFF)..<Int(bits & 0xFFFF)
  }

  var bits: Int64 {
    Int64(bitPattern: UInt64(round) << 32 | UInt64(tiles.lowerBound) << 16 | UInt64(tiles.upperBound))
  }

  /// Returns whether there are tiles of a round left.
  func hasTiles(of round: Int64) -> Bool { self.round == UInt32(truncatingIfNeeded: round) && !tiles.isEmpty }

  /// Removes half of the tiles from the front, for the worker whose share it is.
  mutating func takeFirst() -> Range<Int> {
    let end = tiles.lowerBound + max(1, tiles.count / 2)
    defer { tiles = end..<tiles.upperBound }
    return tiles.lowerBound..<end
  }

  /// Removes the last tile, for another worker.
  mutating func takeLast() -> Range<Int> {
    defer { tiles = tiles.lowerBound..<tiles.upperBound - 1 }
    return tiles.upperBound - 1..<tiles.upperBound
  }
}
