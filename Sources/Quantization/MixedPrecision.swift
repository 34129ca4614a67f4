import IR

/// Which layers of a model in integers stay in floating point, so that the results are within an accuracy budget.
///
/// Layers are put in order by the noise that each makes when it alone is in integers, for the work that it takes: multiply-adds,
/// and a share for each number that it writes. The first of them that are enough stay in floating point; then each that is not
/// needed after all goes back. Nothing in that depends on how fast this machine is, so the same clips give the same model, unless
/// the time is up: then layers whose noise is not known count as those with the least, and none goes back.
struct MixedPrecision {
  /// What writing a number takes, in multiply-adds.
  private static let multiplyAddsPerElement = 32.0

  let run: QuantizationRun
  let candidate: QuantizationRun.Candidate
  let ranges: QuantizationRun.Ranges
  let budget: AccuracyBudget
  let originals: [[Float]]
  /// Other clips, on which the budget holds too, with the original's results.
  let others: (clips: [Calibration.Clip], originals: [[Float]])
  /// When to end with what is known; nil for never.
  var deadline: ContinuousClock.Instant?

  /// A model within the budget.
  struct Result {
    let model: QuantizedProgram
    /// The layers in floating point.
    let kept: [Kept]
    /// Whether the time was up before all was known.
    let endedEarly: Bool
  }

  private var isTimeUp: Bool { deadline.map { ContinuousClock.now >= $0 } ?? false }

  /// A layer in floating point, and what the results would be with it in integers too.
  struct Kept {
    let node: Int
    let without: (model: QuantizedProgram, decibels: Double)
  }

  /// The model within the budget, and the layers in floating point.
  ///
  /// - Parameter whole: all in integers.
  /// - Throws: ``QuantizationError/budget(_:_:)`` if that takes all layers.
  func search(_ whole: QuantizedProgram) throws -> Result {
    if try isWithin(whole) { return Result(model: whole, kept: [], endedEarly: false) }
    let order = try worstFirst()
    // The least number of layers that is enough.
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

  /// Puts back what is not needed, the last ones first.
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

  /// The nodes that run in integers, by their noise for their work.
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
      // What multiplies a depthwise convolution's words can be in integers only if that is, whose noise is not its own.
      let own = (noises[node] ?? 0) - (makers(of: node).compactMap { noises[$0] }.max() ?? 0)
      return (node: node, noise: max(own, 0) / max(work, 1))
    }
    return worth.sorted { ($1.noise, $0.node) < ($0.noise, $1.node) }.map(\.node)
  }

  /// The noise of the results, as a share of the signal, if a node alone is in integers, with what makes its words.
  private func noise(of node: Int) throws -> Double {
    let alone = Set([node] + makers(of: node))
    let model = try model(keeping: run.points.nodes.subtracting(alone))
    return try run.fidelity(model, to: originals).noise
  }

  /// The depthwise convolution that makes the words that a node takes.
  private func makers(of node: Int) -> [Int] {
    guard run.points.prologues.contains(node) else { return [] }
    let words = run.original.graph.nodes[node].inputs[0]
    return run.points.nodes.filter { run.original.graph.nodes[$0].results.contains(words) }
  }
}
