import CPU

/// The plans of a model, by the shapes of the inputs.
final class PlanCache: Sendable {
  private let plans = Guarded<[[[Int]]: Plan]>([:])

  /// Returns the plan for some shapes; calls `make` if there is none.
  func plan(for shapes: [[Int]], make: () throws -> Plan) throws -> Plan {
    try plans.withLock { plans in
      if let plan = plans[shapes] { return plan }
      let plan = try make()
      plans[shapes] = plan
      return plan
    }
  }
}
