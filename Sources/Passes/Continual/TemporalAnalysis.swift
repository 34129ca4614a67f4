import IR

/// What a clip's frames become in each value of a graph, and how each operation acts along time.
///
/// Time is counted in steps, one for each new frame. A value with frames has a lag: the frame that a step computes is the
/// one whose index in the clip graph's value is the step's number less the lag. So branches with different lags are in
/// line again once the others wait for the one with the largest lag.
struct TemporalAnalysis {
  /// The place of time in a value that depends on frames.
  struct Course {
    /// The axis of frames; nil for a value of all frames together.
    var axis: Int?
    /// The number of steps by which it lags behind the newest frame.
    var lag: Int
  }

  /// The graph for a clip, with known shapes.
  let clip: Graph
  /// The nodes that run in integers; nil if the network is not quantized.
  private let integers: Set<Int>?
  /// The values that depend on frames.
  private(set) var courses: [Graph.ValueID: Course] = [:]
  /// The forms of the nodes that take frames, by index.
  private(set) var forms: [Int: TemporalForm] = [:]
  /// The nodes that cannot be computed frame by frame.
  private(set) var refusals: [ContinualError.Refusal] = []
  /// The values that values with frames are computed from.
  private var feedsFrames: Set<Graph.ValueID> = []

  /// Analyzes a graph whose only input is a clip `[N, C, T, H, W]`, some nodes of which run in integers if it is quantized.
  init(_ clip: Graph, integers: Set<Int>? = nil) {
    self.clip = clip
    self.integers = integers
    for id in clip.inputs { courses[id] = Course(axis: 2, lag: 0) }
    for index in clip.computedNodes { visit(index) }
    for node in clip.nodes.reversed() {
      let hasFrames = node.results.contains { courses[$0]?.axis != nil }
      if hasFrames || node.results.contains(where: feedsFrames.contains) { feedsFrames.formUnion(node.inputs) }
    }
  }

  /// Returns whether a value of all frames is the network's final one: no frames are computed from it, as they are with
  /// squeeze-excite.
  func isHead(_ id: Graph.ValueID) -> Bool { !feedsFrames.contains(id) }

  /// Returns the lag of a node's results: that of its input that lags most.
  func lag(of index: Int) -> Int {
    let node = clip.nodes[index]
    let window = forms[index]?.window ?? TemporalWindow()
    let lags = node.inputs.enumerated().compactMap { position, id in
      courses[id].map { $0.lag + (position == 0 ? window.span - window.before : 0) }
    }
    return lags.max() ?? 0
  }

  /// The lag of the outputs: that of the one that lags most.
  var lag: Int { clip.outputs.compactMap { courses[$0]?.lag }.max() ?? 0 }

  private mutating func visit(_ index: Int) {
    let node = clip.nodes[index]
    let inputs = node.inputs.map { courses[$0] }
    guard inputs.contains(where: { $0 != nil }) else { return }
    guard inputs.contains(where: { $0?.axis != nil }) else {
      // Values of all frames are single values, so any operation takes them.
      let lag = lag(of: index)
      for id in node.results { courses[id] = Course(axis: nil, lag: lag) }
      return
    }
    var axes: [Int?]
    do throws(TemporalRefusal) {
      let form = try form(of: index, axes: inputs.map { $0?.axis })
      forms[index] = form
      axes = form.results.map { if case .frames(let axis) = $0 { axis } else { nil } }
    } catch {
      refusals.append(.init(operation: node.operation.name, scope: node.scope, reason: error.reason))
      // What follows is analyzed as if the frames were still there, so that all refusals are found.
      let axis = inputs.lazy.compactMap { $0?.axis }.first
      axes = node.results.map { id in axis.flatMap { clip.type(id).rank > $0 ? $0 : nil } }
    }
    let lag = lag(of: index)
    for (id, axis) in zip(node.results, axes) { courses[id] = Course(axis: axis, lag: lag) }
  }

  private func form(of index: Int, axes: [Int?]) throws(TemporalRefusal) -> TemporalForm {
    let node = clip.nodes[index]
    let known = TemporalNode(
      inputs: node.inputs.map(shape), axes: axes, results: node.results.map(shape),
      isInteger: integers?.contains(index) ?? false, canKeepSums: integers == nil)
    if let operation = node.operation as? any TemporalOperation { return try operation.temporalForm(of: known) }
    guard case .element = node.operation.facts.reach else {
      throw TemporalRefusal("there is no rule for computing it frame by frame")
    }
    return try known.elementwise(node.operation)
  }

  private func shape(_ id: Graph.ValueID) -> [Int] { clip.type(id).fixedShape ?? [] }
}
