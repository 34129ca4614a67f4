/// Places values in one arena so that those alive at the same time do not overlap.
///
/// Largest first, each at the lowest offset that is free for its whole life: simple, and within a few percent of the
/// peak for chains of layers (Pisarchyk and Lee 2020, "greedy by size").
struct MemoryPlan {
  /// A value's size and life.
  struct Request {
    /// Floats.
    var count: Int
    /// From the step that writes it to the last step that reads it.
    var life: ClosedRange<Int>
  }

  /// Where each request lies, in floats from the arena's start; multiples of a cache line.
  private(set) var offsets: [Int]
  /// How many floats the arena needs.
  private(set) var count = 0

  private static let alignment = 16

  init(_ requests: [Request]) {
    offsets = [Int](repeating: 0, count: requests.count)
    var placed: [Int] = []
    let order = requests.indices.sorted { (requests[$0].count, $1) > (requests[$1].count, $0) }
    for index in order {
      let request = requests[index]
      let size = (request.count + Self.alignment - 1) / Self.alignment * Self.alignment
      var offset = 0
      // In order of offset, so that the first gap that is wide enough is the lowest.
      for other in placed.sorted(by: { offsets[$0] < offsets[$1] })
      where requests[other].life.overlaps(request.life) {
        let end = offsets[other] + (requests[other].count + Self.alignment - 1) / Self.alignment * Self.alignment
        if offset + size <= offsets[other] { break }
        offset = max(offset, end)
      }
      offsets[index] = offset
      count = max(count, offset + size)
      placed.append(index)
    }
  }
}
