/// Places values in one arena so that those alive at the same time do not overlap.
///
/// Largest first, each at the lowest offset that is free for its whole life: simple, and within a few percent of the
/// peak for chains of layers (Pisarchyk and Lee 2020, "greedy by size").
struct MemoryPlan {
  /// A value's size and life.
  struct Request {
    var byteCount: Int
    /// From the step that writes it to the last step that reads it.
    var life: ClosedRange<Int>

    /// It lives while a step runs.
    mutating func include(_ step: Int) { life = min(life.lowerBound, step)...max(life.upperBound, step) }

    /// The steps have other numbers now; its life may be longer than that.
    mutating func move(to positions: [Int]) {
      let ends = [positions[life.lowerBound], positions[life.upperBound]]
      life = min(ends[0], ends[1])...max(ends[0], ends[1])
    }
  }

  /// Where each request lies, in bytes from the arena's start; multiples of a cache line.
  private(set) var offsets: [Int]
  /// How many bytes the arena needs.
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
      // In order of offset, so that the first gap that is wide enough is the lowest.
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
