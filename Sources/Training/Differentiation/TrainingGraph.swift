import IR

/// A network with its loss and the gradients of its parameters, for batches of one shape: a graph that, like any other,
/// is interpreted, printed or planned.
///
/// Its inputs are the network's, then the targets `[N, classes]`, a random key `[4]`, and the parameters. Its outputs
/// are the loss `[1]`, the logits `[N, classes]`, mean and variance of each batch norm that uses the batch's
/// statistics, and the gradients. Of a batch that ranks share, loss and logits are those of this rank's part, and
/// the gradients are sums over all ranks, in vectors of several.
struct TrainingGraph: Sendable {
  /// What is trained of a network, and how.
  struct Options: Sendable {
    /// Returns whether a parameter, given by its path, is not trained.
    var isFrozen: @Sendable (String) -> Bool = { _ in false }
    /// Whether batch norms keep their running statistics.
    var freezesStatistics = false
    /// Whether activations are recomputed for the gradients instead of staying in memory.
    var recomputesActivations = false
    /// The part of the batch, if ranks share it.
    var part: BatchPart?
  }

  /// The part of a batch that a rank trains on.
  struct BatchPart: Sendable {
    /// The ranks.
    let ranks: RankLink
    /// The rows of the batch that it has.
    let rows: Range<Int>
    /// The number of rows of the batch.
    let batchSize: Int

    /// Returns the number of something in the whole batch that is as much in each row.
    func whole(_ own: Int) -> Int { own / max(rows.count, 1) * batchSize }
  }

  /// A batch norm's running statistics, which follow those of the batches.
  struct Statistics: Sendable {
    /// The paths of the running mean and variance.
    let mean, variance: String
    /// The number of elements of a channel that the batch's statistics are taken over.
    let count: Int
  }

  let graph: Graph
  /// The paths of the parameters, in the order of the inputs.
  let parameters: [String]
  /// The paths of the trained parameters, in the order of the gradients.
  let trained: [String]
  /// The batch norms' statistics, in the order of the outputs.
  let statistics: [Statistics]
  /// Of a batch that ranks share, the numbers of the gradients in each vector.
  let buckets: [[Int]]

  /// Creates the training form of a classifier.
  ///
  /// - Parameters:
  ///   - network: The network, in original form.
  ///   - inputShapes: The shapes of a batch, one for each input.
  ///   - options: What is trained, and how.
  /// - Throws: ``TrainingError``, `GraphError` if the network does not take such inputs.
  init(_ network: Graph, inputShapes: [[Int]], options: Options = Options()) throws {
    guard network.states.isEmpty else {
      throw TrainingError.hasStates(network.states.map { network[$0.value].name })
    }
    let source = try network.specialized(to: inputShapes)
    guard let output = source.outputs.first, let shape = source.type(output).fixedShape, shape.count == 2 else {
      throw TrainingError.notAClassifier(
        result: source.outputs.first.map { "\(source.type($0))" } ?? "nothing")
    }
    var writer = GraphWriter()
    var values: [Graph.ValueID: Graph.ValueID] = [:]
    for id in source.inputs { values[id] = writer.addInput(source[id].name, source.type(id)) }
    let targets = writer.addInput("targets", source.type(output))
    let key = writer.addInput("key", ValueType([4]))
    for parameter in source.parameters {
      values[parameter.value] = writer.addInput(parameter.path, source.type(parameter.value))
    }
    var rewrite = TrainingRewrite(source, options: options, key: key)
    let logits = try rewrite.run(&values, &writer)
    let loss = try writer.add(
      Operations.CrossEntropy(batchSize: options.part?.batchSize), [logits, targets])[0]
    let forward = writer.graph.nodes.count
    let wanted = source.parameters.filter { $0.role == .weight && !options.isFrozen($0.path) }
    let gradients = try Differentiation.gradients(
      of: loss, for: wanted.compactMap { values[$0.value] }, &writer)
    let trained = zip(wanted, gradients).compactMap { parameter, gradient in gradient.map { (parameter.path, $0) } }
    guard !trained.isEmpty else { throw TrainingError.nothingToTrain }
    parameters = source.parameters.map(\.path)
    self.trained = trained.map(\.0)
    statistics = rewrite.statistics.map(\.statistics)
    var whole = try writer.finish(
      outputs: [loss, logits] + rewrite.statistics.flatMap { [$0.mean, $0.variance] } + trained.map(\.1))
    if options.recomputesActivations { whole = try whole.recomputingActivations(forward: forward) }
    whole = try whole.addingGradientsWhereTheyAreMade()
    (graph, buckets) =
      try options.part.map { try whole.summingGradients(trained.count, over: $0.ranks) } ?? (whole, [])
  }
}

/// Rewrites a network for training: batch norms use the batch's statistics, dropout drops, the final softmax is left to
/// the loss, and groups of operations are fused.
private struct TrainingRewrite {
  private(set) var statistics: [(statistics: TrainingGraph.Statistics, mean: Graph.ValueID, variance: Graph.ValueID)] =
    []
  private let source: Graph
  private let options: TrainingGraph.Options
  private let key: Graph.ValueID
  private let groups: LayerGroups
  private var dropouts = 0

  init(_ source: Graph, options: TrainingGraph.Options, key: Graph.ValueID) {
    self.source = source
    self.options = options
    self.key = key
    groups = LayerGroups(source) { Self.takesStatistics($0, source, options) }
  }

  /// Returns whether a batch norm uses the batch's statistics.
  private static func takesStatistics(_ norm: Graph.Node, _ source: Graph, _ options: TrainingGraph.Options) -> Bool {
    !options.freezesStatistics && !options.isFrozen(source[norm.inputs[1]].name)
  }

  /// Adds the network to the writer's graph.
  ///
  /// - Parameters:
  ///   - values: What stands for the network's inputs and parameters there; receives all its values.
  ///   - writer: The graph to add to.
  /// - Returns: The logits.
  mutating func run(
    _ values: inout [Graph.ValueID: Graph.ValueID], _ writer: inout GraphWriter
  ) throws(GraphError) -> Graph.ValueID {
    let last = source.finalSoftmax
    for (index, node) in source.nodes.enumerated() where !groups.members.contains(index) {
      writer.scope = node.scope
      let inputs = node.inputs.compactMap { values[$0] }
      let results: [Graph.ValueID] =
        switch (groups.groups[index], node.operation) {
        case (.norm(let norm, let residual, let activation), _):
          try batchNorm(source.nodes[norm], residual: residual, activation, values, &writer)
        case (.channelScale(let x, let scale, let activation), _):
          try writer.add(Operations.ChannelScale(activation: activation), [x, scale].compactMap { values[$0] })
        case (nil, is Operations.BatchNorm): try batchNorm(node, residual: nil, nil, values, &writer)
        case (nil, let dropout as Operations.Dropout): try self.dropout(dropout, inputs, &writer)
        case (nil, is Operations.Softmax) where index == last: [inputs[0]]
        case (nil, is Operations.Linear): try writer.addLinear(inputs)
        case (nil, let operation): try writer.add(operation, inputs)
        }
      for (old, new) in zip(node.results, results) { values[old] = new }
    }
    writer.scope = ""
    guard let logits = source.outputs.first.flatMap({ values[$0] }) else { throw .malformed("there is no output") }
    return logits
  }

  private mutating func batchNorm(
    _ node: Graph.Node, residual: Graph.ValueID?, _ activation: ActivationFunction?,
    _ values: [Graph.ValueID: Graph.ValueID], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID] {
    let inputs = node.inputs.compactMap { values[$0] }
    writer.scope = node.scope
    guard let norm = node.operation as? Operations.BatchNorm, Self.takesStatistics(node, source, options) else {
      return try writer.add(node.operation, inputs)
    }
    let results = try writer.add(
      Operations.BatchNormTraining(epsilon: norm.epsilon, activation: activation, ranks: options.part?.ranks),
      inputs.prefix(3) + [residual].compactMap { $0 }.compactMap { values[$0] })
    let paths = node.inputs.dropFirst().map { source[$0].name }
    let shape = try writer.shape(inputs[0])
    let own = TrainingGraph.Statistics(
      mean: paths[2], variance: paths[3],
      count: options.part?.whole(shape.reduce(1, *) / max(shape[1], 1)) ?? shape.reduce(1, *) / max(shape[1], 1))
    statistics.append((own, results[1], results[2]))
    return [results[0]]
  }

  private mutating func dropout(
    _ dropout: Operations.Dropout, _ inputs: [Graph.ValueID], _ writer: inout GraphWriter
  ) throws(GraphError) -> [Graph.ValueID] {
    defer { dropouts += 1 }
    guard dropout.rate > 0 else { return inputs }
    // Each row of the batch draws its own numbers, whichever rank has it.
    let first = try options.part.map { part throws(GraphError) in
      try writer.shape(inputs[0]).reduce(1, *) / max(part.rows.count, 1) * part.rows.lowerBound
    }
    return try writer.add(
      Operations.RandomDropout(rate: dropout.rate, number: dropouts, firstElement: first ?? 0), inputs + [key])
  }
}

extension GraphWriter {
  /// Adds a linear map of rows, whatever their axes: there are kernels for `[N, I]`.
  fileprivate mutating func addLinear(_ inputs: [Graph.ValueID]) throws(GraphError) -> [Graph.ValueID] {
    let shape = try shape(inputs[0])
    guard shape.count != 2, let features = shape.last, features > 0 else { return try add(Operations.Linear(), inputs) }
    let rows = try add(Operations.Reshape([shape.dropLast().reduce(1, *), features]), [inputs[0]])
    let results = try add(Operations.Linear(), rows + inputs.dropFirst())
    let outputs = try self.shape(results[0]).suffix(1)
    return try add(Operations.Reshape(shape.dropLast() + outputs), results)
  }
}
