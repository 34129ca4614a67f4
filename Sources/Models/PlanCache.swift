import CPU

/// The plans of a model that were made so far, by the shapes of the inputs.
final class PlanCache: Sendable {
  private let plans = Guarded<[[[Int]]: Plan]>([:])

  /// The plan for some shapes; `make` makes it if there is none.
  func plan(for shapes: [[Int]], make: () throws -> Plan) throws -> Plan {
    try plans.withLock { plans in
      if let plan = plans[shapes] { return plan }
      let plan = try make()
      plans[shapes] = plan
      return plan
    }
  }
}
