/// Places values in an arena so that those with overlapping lifetimes do not overlap in memory.
///
/// The largest values are placed first, each at the lowest offset that is free for its whole lifetime. For chains of
/// layers this is within a few percent of the optimum ("greedy by size", Pisarchyk and Lee 2020).
struct MemoryPlan {
  /// The size and the lifetime of a value.
  struct Request {
    var byteCount: Int
    /// From the step that writes it to the last step that reads it.
    var life: ClosedRange<Int>

    /// Extends the lifetime to a step.
    mutating func include(_ step: Int) { life = min(life.lowerBound, step)...max(life.upperBound, step) }

    /// Renumbers the steps; the lifetime may become longer than necessary.
    mutating func move(to positions: [Int]) {
      let ends = [positions[life.lowerBound], positions[life.upperBound]]
      life = min(ends[0], ends[1])...max(ends[0], ends[1])
    }
  }

  /// The offset of each request in bytes; a multiple of a cache line.
  private(set) var offsets: [Int]
  /// The size of the arena in bytes.
  private(set) var byteCount = 0

  private static let alignment = 64

  init(_ requests: [Request]) {
    offsets = [Int](repeating: 0, count: requests.count)
    var placed: [Int] = []
    let order = requests.indices.sorted { (requests[$0].byteCount, $1) > (requests[$1].byteCount, $0) }
    for index in order {
      let request = requests[index]
      let size = (request.byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
      var offset = 0
      // In order of offset, so that the first gap that is large enough is the lowest.
      for other in placed.sorted(by: { offsets[$0] < offsets[$1] })
      where requests[other].life.overlaps(request.life) {
        let end = offsets[other] + (requests[other].byteCount + Self.alignment - 1) / Self.alignment * Self.alignment
        if offset + size <= offsets[other] { break }
        offset = max(offset, end)
      }
      offsets[index] = offset
      byteCount = max(byteCount, offset + size)
      placed.append(index)
    }
  }
}
