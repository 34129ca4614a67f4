import IR

/// The places of states in a session.
///
/// A state that is updated to another state's value takes over its slot instead of a copy: such states are a ring of slots,
/// one more than states. A run writes the slot that none of them needs any more, so that a run that fails changes nothing,
/// and then each state is one slot further.
struct StateRings: Sendable {
  /// The states of each ring: one that is updated to a computed value, the one that is updated to it, and so on.
  let rings: [[Int]]
  /// The size of all rings in bytes.
  let byteCount: Int
  private let starts: [Int]
  private let slotBytes: [Int]
  /// The ring of each state, and the number of runs for which it has had its value when it is read.
  private let places: [(ring: Int, age: Int)]

  /// Finds the rings of a graph's states.
  ///
  /// - Parameters:
  ///   - graph: The graph.
  ///   - byteCounts: The size of each state in bytes.
  ///   - canFollow: Returns whether a state can take over the slot of another one.
  init(_ graph: Graph, byteCounts: [Int], canFollow: (Int, Int) -> Bool) {
    let numbers = Dictionary(uniqueKeysWithValues: graph.states.enumerated().map { ($1.value, $0) })
    var followers: [Int: Int] = [:]
    var isFollower = Set<Int>()
    for (number, state) in graph.states.enumerated() {
      guard let source = numbers[state.next], source != number, followers[source] == nil, canFollow(number, source)
      else { continue }
      followers[source] = number
      isFollower.insert(number)
    }
    var rings: [[Int]] = []
    var isPlaced = Set<Int>()
    // States that follow each other in a circle have no first one: any of them is.
    for first in graph.states.indices.filter({ !isFollower.contains($0) }) + Array(graph.states.indices) {
      var ring: [Int] = []
      var next: Int? = first
      while let state = next, isPlaced.insert(state).inserted {
        ring.append(state)
        next = followers[state]
      }
      if !ring.isEmpty { rings.append(ring) }
    }
    var places = [(ring: Int, age: Int)](repeating: (0, 0), count: graph.states.count)
    var starts: [Int] = []
    var end = 0
    for (index, ring) in rings.enumerated() {
      for (age, state) in ring.enumerated() { places[state] = (index, age + 1) }
      starts.append(end)
      end += (ring.count + 1) * Self.aligned(byteCounts[ring[0]])
    }
    self.rings = rings
    self.starts = starts
    self.places = places
    slotBytes = rings.map { Self.aligned(byteCounts[$0[0]]) }
    byteCount = end
  }

  /// Returns the offset in bytes of the slot that a run reads a state from.
  func offset(of state: Int, run: Int) -> Int {
    let (ring, age) = places[state]
    return slot(ring, run + rings[ring].count + 1 - age)
  }

  /// Returns the offset in bytes of the slot of a ring that a run writes.
  func freeOffset(of ring: Int, run: Int) -> Int { slot(ring, run) }

  private func slot(_ ring: Int, _ number: Int) -> Int {
    starts[ring] + number % (rings[ring].count + 1) * slotBytes[ring]
  }

  private static func aligned(_ byteCount: Int) -> Int { (byteCount + 63) / 64 * 64 }
}
