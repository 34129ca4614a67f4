/// Joins steps that compute pixel by pixel to chains, and moves other steps out of their way.
///
/// The steps are visited in order, with one open chain. A step joins the chain if it takes the chain's results pixel by
/// pixel. A movable step runs before the chain if it is independent of it, else after it. Any other step closes the
/// chain.
struct PixelChaining {
  /// The locations that a step reads and writes.
  struct Access {
    let reads: Set<Location>
    let writes: Set<Location>

    /// Returns whether the order of the two steps matters.
    func conflicts(with other: Access) -> Bool {
      !writes.isDisjoint(with: other.reads) || !writes.isDisjoint(with: other.writes)
        || !reads.isDisjoint(with: other.writes)
    }
  }

  private let steps: [any Step]
  private let accesses: [Access]
  /// The indices of the steps in their new order; those of a chain together.
  private(set) var order: [[Int]] = []
  /// The open chain, and the steps that must run after it.
  private var chain: [Int] = []
  private var after: [Int] = []

  init(_ steps: [any Step], _ accesses: [Access]) {
    self.steps = steps
    self.accesses = accesses
    for index in steps.indices {
      if joins(index) {
        chain.append(index)
      } else if !chain.isEmpty, steps[index].isMovable {
        if (chain + after).contains(where: { accesses[$0].conflicts(with: accesses[index]) }) {
          after.append(index)
        } else {
          order.append([index])
        }
      } else {
        close()
        if pixelCount(index) == nil { order.append([index]) } else { chain = [index] }
      }
    }
    close()
  }

  /// Returns a chain of some steps.
  func step(_ numbers: [Int]) -> any Step {
    guard numbers.count > 1, let first = steps[numbers[0]] as? any PixelProducer else { return steps[numbers[0]] }
    return PixelChain(first: first, others: numbers.dropFirst().compactMap { steps[$0] as? any PixelStep })
  }

  private func pixelCount(_ index: Int) -> Int? { (steps[index] as? any PixelProducer)?.pixelCount }

  private func joins(_ index: Int) -> Bool {
    guard let first = chain.first, steps[index] is any PixelStep, let count = pixelCount(index),
      count == pixelCount(first), !after.contains(where: { accesses[$0].conflicts(with: accesses[index]) })
    else { return false }
    // A step on rows can read pixels again after later steps have overwritten them.
    return steps[first] is any PixelStep || accesses[index].writes.isDisjoint(with: accesses[first].reads)
  }

  private mutating func close() {
    if !chain.isEmpty { order.append(chain) }
    order += after.map { [$0] }
    (chain, after) = ([], [])
  }
}

extension PlanBuilder {
  /// Joins steps to chains, and updates the lifetimes.
  func chainPixels() {
    let chaining = PixelChaining(steps, accesses)
    var positions = [Int](repeating: 0, count: steps.count + 1)
    for (position, numbers) in chaining.order.enumerated() {
      for number in numbers { positions[number] = position }
    }
    positions[steps.count] = chaining.order.count
    rearrange(chaining.order, chaining.order.map { chaining.step($0) }, positions)
  }
}
