@testable import Quantization
import Formats
import CPU
import Architectures
import TestSupport
import Tensors
import Testing

@testable import IR

/// Quantized operations as QDQ: the same integers as in our interpreter, but for single ones that float32 rounds to a neighbour.
///
/// Networks are shallow here, as each rounding that falls differently makes more of them in the layers behind it.
@Suite(.needsONNXRuntime) struct QuantizedExportTests {
  /// A network in deployable form, put together by hand.
  private struct Network {
    var name: String
    var graph = Graph()
    let shape: [Int]
    /// Names of results that are to stay in floating point.
    var floats: Set<String> = []
    private(set) var x: Graph.ValueID

    init(_ name: String, _ shape: [Int]) {
      self.name = name
      self.shape = shape
      x = graph.addInput(name: "x", type: ValueType(["N"] + shape.dropFirst().map { .fixed($0) }))
      graph.outputs = [x]
    }

    /// Adds an operation on the last value, with parameters of some shapes and other values behind them; what it gives first
    /// is the last value then.
    @discardableResult
    mutating func add(
      _ operation: any Operation, _ parameters: [[Int]] = [], others: [Graph.ValueID] = []
    ) throws -> [Graph.ValueID] {
      let layer = "layer\(graph.nodes.count)"
      let weights = parameters.enumerated().map { index, shape in
        graph.addParameter(
          path: "\(layer).\(index)", role: .weight, type: ValueType(shape.map { .fixed($0) }))
      }
      let results = try graph.addNode(operation, inputs: [x] + weights + others, scope: layer)
      x = results[0]
      graph.outputs = [x]
      return results
    }
  }

  private static func networks() throws -> [Network] {
    [try block(), try mixed(), try activations(), try pools(), try images(), try floats(), try movements()]
  }

  /// What X3D is made of: words between a depthwise convolution and the prologue, squeeze-excite, a residual.
  private static func block() throws -> Network {
    var network = Network("block", [4, 6, 5, 9, 8])
    let x = network.x
    let ones = [1, 1, 1]
    try network.add(Operations.Pointwise(stride: ones, activation: .relu), [[20, 6], [20]])
    let window = Window(kernel: [3, 3, 3], padding: ones)
    let y = try network.add(Operations.Depthwise(window: window, emitsMean: true), [[20, 3, 3, 3], [20]])
    let scale = try network.graph.addSqueezeExcite(y[1], channels: 20, hidden: 8)
    try network.add(
      Operations.Pointwise(
        stride: ones, activation: .relu, prologueActivation: .swish, hasScale: true, hasResidual: true),
      [[6, 20], [6]], others: [scale, x])
    return network
  }

  /// The same with the depthwise convolution in floating point, and so the prologue that takes its words.
  private static func mixed() throws -> Network {
    var network = try block()
    network.name = "mixed"
    network.floats = [network.graph.resultName(1)]
    return network
  }

  private static func activations() throws -> Network {
    var network = Network("activations", [4, 5, 3, 8, 9])
    try network.add(
      Operations.FusedConvolution(
        window: Window(
          kernel: [3, 2, 3], stride: [1, 2, 1], paddingBefore: [2, 0, 1], paddingAfter: [0, 1, 1], dilation: [1, 1, 1]),
        activation: .hardSwish), [[12, 5, 3, 2, 3], [12]])
    try network.add(Operations.Pointwise(stride: [1, 1, 2], activation: .swish), [[10, 12], [10]])
    try network.add(
      Operations.Depthwise(window: Window(kernel: [3, 1, 1], padding: [1, 0, 0]), activation: .hardSigmoid),
      [[10, 3, 1, 1], [10]])
    try network.add(Operations.Pointwise(stride: [1, 1, 1], activation: .sigmoid), [[4, 10], [4]])
    return network
  }

  private static func pools() throws -> Network {
    var network = Network("pools", [4, 4, 6, 9, 10])
    let x = network.x
    try network.add(
      Operations.Pool(
        .average, window: Window(kernel: [2, 3, 3], stride: [1, 1, 1], padding: [1, 1, 1]), countsPadding: false))
    try network.add(Operations.Pool(.maximum, window: Window(kernel: [2, 1, 1])))
    try network.add(Operations.Binary(.add), others: [x])
    try network.add(Operations.AdaptivePool(.average, outputSize: [3, 4, 5]))
    try network.add(Operations.AdaptivePool(.maximum, outputSize: [2, 3, 2]))
    try network.add(Operations.Pool(.average, window: Window(kernel: [1, 3, 2], padding: [0, 1, 1])))
    return network
  }

  private static func images() throws -> Network {
    var network = Network("images", [4, 6, 9, 8])
    try network.add(
      Operations.FusedConvolution(window: Window(kernel: [3, 3], padding: [1, 1]), groups: 3, activation: .relu),
      [[9, 2, 3, 3], [9]])
    try network.add(Operations.Depthwise(window: Window(kernel: [3, 3], dilation: [2, 2])), [[9, 3, 3], [9]])
    try network.add(
      Operations.Pointwise(stride: [1, 1], prologueActivation: .relu), [[7, 9], [7]])
    try network.add(Operations.Mean(axes: [2, 3]))
    try network.add(Operations.Linear(), [[5, 7], [5]])
    return network
  }

  /// Operations without a form in integers between those that have one.
  private static func floats() throws -> Network {
    var network = Network("floats", [4, 6, 3, 4, 5])
    try network.add(Operations.Pointwise(stride: [1, 1, 1], activation: .gelu), [[8, 6], [8]])
    try network.add(Operations.Pointwise(stride: [1, 1, 1]), [[8, 8], [8]])
    try network.add(Operations.Activation(.tanh))
    try network.add(Operations.Permute([0, 2, 3, 4, 1]))
    try network.add(Operations.Linear(), [[5, 8], [5]])
    return network
  }

  /// Bytes that are moved before something that takes floats.
  private static func movements() throws -> Network {
    var network = Network("movements", [4, 6, 3, 4, 5])
    try network.add(Operations.Pool(.average, window: Window(kernel: [1, 1, 2])))
    for movement in [
      Operations.Permute([0, 1, 4, 3, 2]), Operations.Slice(axis: 3, start: 1, end: 4, step: 2),
      Operations.Reshape([0, 4, -1]),
    ] as [any Operation] {
      try network.add(movement)
    }
    try network.add(Operations.Activation(.gelu))
    return network
  }

  @Test func integersAreOurs() throws {
    var operations: Set<String> = []
    var jobs: [ONNXRuntime.Job] = []
    var checks: [(name: String, scale: Float, expected: Tensor)] = []
    for network in try Self.networks() {
      let graph = network.graph
      let clips = RandomWeights.inputs([network.shape], seed: 5)[0]
      let model = try Quantizer(observer: .minMax, equalizes: false, floats: network.floats).quantize(
        ModelProgram(graph, weights: RandomWeights.parameters(of: graph, seed: 5)),
        calibration: Calibration(clips: clips), others: [], progress: { _ in }
      ).model
      let points = try model.table.points(in: graph)
      operations.formUnion(points.nodes.map { graph.nodes[$0].operation.name })
      var values: [Graph.ValueID: QuantizedValue] = [:]
      let interpreter = try QuantizedInterpreter(graph, weights: model.weights, table: model.table)
      _ = try interpreter.run([clips]) { values[$0] = $1 }
      let shown = points.values.map(\.id) + graph.outputs
      for id in shown {
        let form = model.table.values[graph[id].name]
        let real = try #require(values[id]?.real)
        // A word's step is so small that a neighbouring byte before it moves it by many.
        let scale = if case .byte(let quantization) = form { quantization.scale } else { real.range / 255 }
        checks.append(("\(network.name), \(graph[id].name)", scale, real))
      }
      jobs.append(
        .init(
          model: try ONNXModel(
            graph.exposing(shown), weights: model.weights, quantization: model.table, name: network.name),
          runs: [["x": clips]], outputCount: shown.count))
    }
    #expect(
      operations == [
        "pointwise", "depthwise", "fused_convolution", "linear", "pool", "adaptive_pool", "binary", "mean",
      ])
    for (check, found) in zip(checks, try ONNXRuntime.run(jobs).flatMap { $0.outputs[0] }) {
      let steps = zip(found.elements(as: Float.self), check.expected.elements(as: Float.self)).map {
        abs($0 - $1) / check.scale
      }
      let others = Double(steps.count { $0 > 0.5 }) / Double(steps.count)
      let most = steps.max() ?? .infinity
      #expect(others <= 0.03 && most < 1.01, "\(check.name): \(100 * others) % differ, by up to \(most) steps")
    }
  }
}

extension Graph {
  fileprivate mutating func addSqueezeExcite(_ mean: ValueID, channels: Int, hidden: Int) throws -> ValueID {
    let shapes = [[hidden, channels], [hidden], [channels, hidden], [channels]]
    let parameters = shapes.enumerated().map { index, shape in
      addParameter(path: "excite.\(index)", role: .weight, type: ValueType(shape.map { .fixed($0) }))
    }
    return try addNode(Operations.SqueezeExcite(), inputs: [mean] + parameters, scope: "excite")[0]
  }
}

extension Tensor {
  fileprivate var range: Float {
    let values = elements(as: Float.self)
    return (values.max() ?? 0) - (values.min() ?? 0)
  }
}
