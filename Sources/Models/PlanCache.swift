import CPU

/// The plans of a model, by the shapes of the inputs: those that were used last, as each has the weights in its own order.
final class PlanCache: Sendable {
  private static let capacity = 16

  /// The least recently used one first.
  private let plans = Guarded<[(shapes: [[Int]], plan: Plan)]>([])

  /// Returns the plan for some shapes; calls `make` if there is none.
  func plan(for shapes: [[Int]], make: () throws -> Plan) throws -> Plan {
    try plans.withLock { plans in
      if let place = plans.lastIndex(where: { $0.shapes == shapes }) {
        plans.append(plans.remove(at: place))
      } else {
        plans.append((shapes, try make()))
        if plans.count > Self.capacity { plans.removeFirst() }
      }
      return plans[plans.count - 1].plan
    }
  }
}
