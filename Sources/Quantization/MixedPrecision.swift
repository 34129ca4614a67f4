import IR

/// Chooses the layers of an int8 model that stay in floating point, so that the results are within an accuracy budget.
///
/// Layers are ordered by the noise that each causes when it alone is in integers, divided by its work: multiply-adds,
/// plus a cost for each number that it writes. As many layers as necessary, from the first, stay in floating point;
/// then each one that turns out not to be needed goes back. Nothing depends on the speed of the machine, so the same
/// clips give the same model, unless the time limit is reached: then layers whose noise is not known count as those
/// with the least, and none goes back.
struct MixedPrecision {
  /// The cost of writing a number, in multiply-adds.
  private static let multiplyAddsPerElement = 32.0

  let run: QuantizationRun
  let candidate: QuantizationRun.Candidate
  let ranges: QuantizationRun.Ranges
  let budget: AccuracyBudget
  let originals: [[Float]]
  /// Other clips that the budget must hold for too, with the original's results.
  let others: (clips: [Calibration.Clip], originals: [[Float]])
  /// The time at which to stop with what is known; nil for no limit.
  var deadline: ContinuousClock.Instant?

  /// A model within the budget.
  struct Result {
    let model: QuantizedProgram
    /// The layers in floating point.
    let kept: [Kept]
    /// Whether the time limit was reached before the search was complete.
    let endedEarly: Bool
  }

  private var isTimeUp: Bool { deadline.map { ContinuousClock.now >= $0 } ?? false }

  /// A layer in floating point, and the results with it in integers too.
  struct Kept {
    let node: Int
    let without: (model: QuantizedProgram, decibels: Double)
  }

  /// Returns the model within the budget, and its layers in floating point.
  ///
  /// - Parameter whole: The model with all layers in integers.
  /// - Throws: ``QuantizationError/budget(_:_:)`` if that takes all layers.
  func search(_ whole: QuantizedProgram) throws -> Result {
    if try isWithin(whole) { return Result(model: whole, kept: [], endedEarly: false) }
    let order = try worstFirst()
    // Binary search for the smallest number of layers.
    var (short, enough) = (0, order.count)
    while enough - short > 1 {
      let middle = (short + enough) / 2
      if try isWithin(model(keeping: order.prefix(middle))) { enough = middle } else { short = middle }
    }
    guard enough < order.count else {
      throw QuantizationError.budget(budget, try run.fidelity(whole, to: originals).decibels)
    }
    return try pruned(Array(order.prefix(enough)))
  }

  /// Puts layers that are not needed back to integers, the last ones first.
  private func pruned(_ nodes: [Int]) throws -> Result {
    var left = nodes
    for node in nodes.reversed() where left.count > 1 && !isTimeUp {
      let rest = left.filter { $0 != node }
      if try isWithin(model(keeping: rest)) { left = rest }
    }
    let kept = try left.sorted().map { node in
      let model = try model(keeping: left.filter { $0 != node })
      return Kept(node: node, without: (model, try run.fidelity(model, to: originals).decibels))
    }
    return Result(model: try model(keeping: left), kept: kept, endedEarly: isTimeUp)
  }

  private func model(keeping nodes: some Sequence<Int>) throws -> QuantizedProgram {
    try run.model(
      candidate, ranges, keepingFloats: Set(nodes.map { run.original.graph.resultName($0) }))
  }

  private func isWithin(_ model: QuantizedProgram) throws -> Bool {
    guard budget.allows(try run.fidelity(model, to: originals)) else { return false }
    guard !others.clips.isEmpty else { return true }
    let results = try run.results(model.plan(run.shapes), on: others.clips)
    return budget.allows(Fidelity(results, others.originals))
  }

  /// Returns the nodes that run in integers, by their noise divided by their work, the worst first.
  private func worstFirst() throws -> [Int] {
    let graph = run.shaped
    let multiplyAdds = graph.multiplyAdds()
    let nodes = run.points.nodes.sorted()
    var noises: [Int: Double] = [:]
    for (number, node) in nodes.enumerated() where !isTimeUp {
      try run.progress(.init(stage: "noise of layers", done: number, total: nodes.count))
      noises[node] = try noise(of: node)
    }
    let worth = nodes.map { node in
      let elements = (graph.type(graph.nodes[node].results[0]).fixedShape ?? []).reduce(1, *)
      let work = Double(multiplyAdds[node]) + Self.multiplyAddsPerElement * Double(elements)
      // A node that multiplies a depthwise convolution's 16-bit values needs that one in integers too, whose noise is
      // not its own.
      let own = (noises[node] ?? 0) - (makers(of: node).compactMap { noises[$0] }.max() ?? 0)
      return (node: node, noise: max(own, 0) / max(work, 1))
    }
    return worth.sorted { ($1.noise, $0.node) < ($0.noise, $1.node) }.map(\.node)
  }

  /// Returns the noise-to-signal ratio of the results if only a node, and what computes its 16-bit values, is in
  /// integers.
  private func noise(of node: Int) throws -> Double {
    let alone = Set([node] + makers(of: node))
    let model = try model(keeping: run.points.nodes.subtracting(alone))
    return try run.fidelity(model, to: originals).noise
  }

  /// Returns the depthwise convolution that computes the 16-bit values that a node takes.
  private func makers(of node: Int) -> [Int] {
    guard run.points.prologues.contains(node) else { return [] }
    let words = run.original.graph.nodes[node].inputs[0]
    return run.points.nodes.filter { run.original.graph.nodes[$0].results.contains(words) }
  }
}
