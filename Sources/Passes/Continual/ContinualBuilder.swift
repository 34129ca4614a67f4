import IR

/// Makes the graph of a step from the analysis of a clip graph.
struct ContinualBuilder {
  private let program: ModelProgram
  private let analysis: TemporalAnalysis
  private let headWindow: Int?
  private var rewriter: GraphRewriter
  private var past: PastValues
  /// The value of the clip graph whose elements, of some frames, a value has.
  private var origins: [GraphRewriter.Value: Graph.ValueID] = [:]
  /// Frames that follow each other, and what is computed of them, where the frames are no values of the clip graph.
  private var reals: [GraphRewriter.Value] = []
  /// The nodes whose step has other shapes than the clip, but for the number of frames.
  private(set) var refusals: [ContinualError.Refusal] = []
  /// Whether there was a head for the window.
  private(set) var hasHead = false

  /// Creates a builder.
  ///
  /// - Parameters:
  ///   - program: The clip graph, with one input.
  ///   - analysis: Its analysis, without refusals.
  ///   - headWindow: The number of frames that the head averages; nil for as many as in a clip.
  init(_ program: ModelProgram, _ analysis: TemporalAnalysis, headWindow: Int?) {
    self.program = program
    self.analysis = analysis
    self.headWindow = headWindow
    var types: [Graph.ValueID: ValueType] = [:]
    for id in program.graph.inputs {
      types[id] = program.graph.type(id)
      types[id]?.shape[2] = 1
    }
    rewriter = GraphRewriter(program, inputTypes: types)
    past = PastValues(apartFrom: Set(program.graph.values.map(\.name)))
  }

  /// What a builder makes.
  struct Step {
    let program: ModelProgram
    /// The number of earlier steps that the outputs depend on.
    let history: Int
    /// The value of the clip graph whose quantization a value has, by its name in the step.
    let origins: [String: Graph.ValueID]
    /// The names of values that are computed of real numbers alone.
    let reals: Set<String>
  }

  /// Returns the step. Outputs with different lags wait for the one that lags most.
  mutating func build() throws(GraphError) -> Step {
    for id in analysis.clip.inputs { origins[try rewriter.value(for: id)] = id }
    for index in analysis.clip.nodes.indices {
      if let form = analysis.forms[index] { try step(index, form) } else { try keep(index) }
    }
    let lag = analysis.lag
    var history = 0
    for id in analysis.clip.outputs {
      let output = try value(id, lag: lag)
      rewriter.replace(id, by: output)
      history = max(history, past.history(of: output))
    }
    let (program, names) = try rewriter.finishNamingValues()
    var found: [String: Graph.ValueID] = [:]
    for (value, name) in names { found[name] = origins[past.source(of: value) ?? value] }
    return Step(program: program, history: history, origins: found, reals: Set(reals.compactMap { names[$0] }))
  }

  /// Adds a node that takes no frames as it is.
  private mutating func keep(_ index: Int) throws(GraphError) {
    let (node, lag) = (analysis.clip.nodes[index], analysis.lag(of: index))
    var inputs: [GraphRewriter.Value] = []
    for id in node.inputs { inputs.append(try value(id, lag: lag)) }
    replace(node.results, by: try add(node.operation, inputs, at: index))
  }

  /// Adds what computes the newest frame of a node's results.
  private mutating func step(_ index: Int, _ form: TemporalForm) throws(GraphError) {
    let (node, lag) = (analysis.clip.nodes[index], analysis.lag(of: index))
    let weights = form.sums.flatMap { SumWeights($0, of: node, taps: form.window.count, program) }
    var inputs: [GraphRewriter.Value] = []
    for (position, id) in node.inputs.enumerated() {
      if position == 0, let course = analysis.courses[id], let axis = course.axis {
        let wait = lag - course.lag - form.window.span + form.window.before
        let window = weights == nil ? form.window : TemporalWindow()
        inputs.append(try frames(of: rewriter.value(for: id), window, wait: wait, axis: axis, at: index))
      } else {
        inputs.append(try value(id, lag: lag))
      }
    }
    var results = Array(inputs.prefix(1))
    if let sums = form.sums, let weights {
      results = try addSums(sums, weights, of: inputs, at: index)
    } else if let operation = form.operation {
      results = try add(operation, inputs, at: index)
    }
    for (position, result) in form.results.enumerated() {
      guard case .summary(let over?) = result, let axis = analysis.courses[node.inputs[0]]?.axis else { continue }
      let window = TemporalWindow(count: summarizedFrames(of: index, result: position, axis: axis))
      let values = try frames(of: results[position], window, wait: 0, axis: axis, at: index)
      let isReal = origins[values] == nil
      results[position] = try add(over(window.count), [values], at: index)[0]
      if isReal { reals += [values, results[position]] }
    }
    check(results, of: index)
    replace(node.results, by: results)
  }

  /// Adds the newest frame's share to the sums of the windows that it is in, and returns the results of the window that it
  /// ends.
  private mutating func addSums(
    _ sums: TemporalSums, _ weights: SumWeights, of inputs: [GraphRewriter.Value], at index: Int
  ) throws(GraphError) -> [GraphRewriter.Value] {
    let none = rewriter.addParameter(weights.path + ".no_bias", weights.noBias)
    var sum: GraphRewriter.Value?
    for (number, tap) in weights.taps.enumerated() {
      let isLast = number == weights.taps.count - 1
      let weight = rewriter.addParameter("\(weights.path).\(number)", tap)
      var share = try add(sums.share, [inputs[0], weight, isLast ? inputs[2] : none], at: index)[0]
      if let sum {
        share = try add(Operations.Binary(.add), [past.past(sum, by: 1, &rewriter), share], at: index)[0]
      }
      sum = share
    }
    guard var result = sum else { return [] }
    for operation in sums.ending { result = try add(operation, [result], at: index)[0] }
    guard let mean = sums.mean else { return [result] }
    return try [result, add(mean, [result], at: index)[0]]
  }

  /// Returns the number of frames that a value of all frames is computed from: those of the node's own result, if it has
  /// one with frames, or else of its input.
  private mutating func summarizedFrames(of index: Int, result: Int, axis: Int) -> Int {
    let node = analysis.clip.nodes[index]
    let source = analysis.courses[node.results[0]]?.axis == nil ? node.inputs[0] : node.results[0]
    let own = analysis.clip.type(source).shape[axis].value ?? 1
    guard analysis.isHead(node.results[result]) else { return own }
    hasHead = true
    return headWindow ?? own
  }

  /// Returns a value of the old graph as it was when it had a lag; a value that depends on no frames is always the same.
  private mutating func value(_ id: Graph.ValueID, lag: Int) throws(GraphError) -> GraphRewriter.Value {
    let value = try rewriter.value(for: id)
    guard let course = analysis.courses[id] else { return value }
    return try past.past(value, by: lag - course.lag, &rewriter)
  }

  /// Returns the frames of a window, the newest of which is `wait` steps old, one after the other.
  private mutating func frames(
    of value: GraphRewriter.Value, _ window: TemporalWindow, wait: Int, axis: Int, at index: Int
  ) throws(GraphError) -> GraphRewriter.Value {
    var frames: [GraphRewriter.Value] = []
    for number in (0..<window.count).reversed() {
      frames.append(try past.past(value, by: wait + number * window.spacing, &rewriter))
    }
    guard frames.count > 1 else { return frames[0] }
    let joined = try add(Operations.Concat(axis: axis), frames, at: index)[0]
    origins[joined] = origins[value]
    return joined
  }

  private mutating func add(
    _ operation: any Operation, _ inputs: [GraphRewriter.Value], at index: Int
  ) throws(GraphError) -> [GraphRewriter.Value] {
    let results = try rewriter.add(operation, inputs: inputs, standingFor: [index])
    past.derive(results, from: inputs, in: analysis.clip.nodes[index].scope)
    return results
  }

  private mutating func replace(_ old: [Graph.ValueID], by new: [GraphRewriter.Value]) {
    for (old, new) in zip(old, new) {
      rewriter.replace(old, by: new)
      // A value that only moves in time stays the one that it is computed as.
      if origins[past.source(of: new) ?? new] == nil { origins[new] = old }
    }
  }

  /// Checks that results have the shapes that they have for a clip, but for a single frame: others depend on how many
  /// frames there are, as those of a constant for each frame do.
  private mutating func check(_ results: [GraphRewriter.Value], of index: Int) {
    let node = analysis.clip.nodes[index]
    let fits = zip(node.results, results).allSatisfy { old, new in
      var expected = analysis.clip.type(old).shape
      if let axis = analysis.courses[old]?.axis { expected[axis] = 1 }
      let found = rewriter.type(of: new).shape
      return found.count == expected.count && zip(found, expected).allSatisfy { $0.value == nil || $0 == $1 }
    }
    guard !fits else { return }
    refusals.append(
      .init(operation: node.operation.name, scope: node.scope, reason: "it depends on how many frames a clip has"))
  }
}
