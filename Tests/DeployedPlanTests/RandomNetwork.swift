import CPU
import TestSupport
import Tensors

@testable import IR

/// A random network in deployable form: operations of all kinds in random orders and sizes, most of which can run in
/// integers.
struct RandomNetwork {
  private(set) var graph = Graph()
  private(set) var weights: [String: Tensor] = [:]
  let inputShape: [Int]
  /// Whether there are operations in floating point that round, which not all instruction sets do alike.
  private(set) var hasRoundingIslands = false
  private var generator: SeededGenerator
  private var shapes: [Graph.ValueID: [Int]] = [:]

  init(seed: UInt64, layers: Int = 7) throws {
    var generator = SeededGenerator(seed: seed)
    let isThreeDimensional = Int.random(in: 0..<4, using: &generator) > 0
    let ranges = [1...5] + (isThreeDimensional ? [1...9] : []) + [1...13, 1...13]
    let shape = [1] + ranges.map { Int.random(in: $0, using: &generator) }
    inputShape = shape
    self.generator = generator
    var x = graph.addInput(name: "x", type: ValueType([.symbolic("N")] + shape.dropFirst().map { .fixed($0) }))
    shapes[x] = shape
    for _ in 0..<layers { x = try addLayer(x) }
    if Bool.random(using: &self.generator) { x = try addHead(x) }
    graph.outputs = [x]
  }

  private var channelChoices: [Int] { [1, 3, 8, 16, 17, 24, 33, 48, 100] }

  private mutating func pick<Element>(_ values: [Element]) -> Element {
    values[Int.random(in: values.indices, using: &generator)]
  }

  private mutating func activation() -> ActivationFunction? {
    pick([nil, .relu, .swish, .hardSwish, .sigmoid, .hardSigmoid])
  }

  private mutating func add(_ operation: any Operation, _ inputs: [Graph.ValueID]) throws -> [Graph.ValueID] {
    let results = try graph.addNode(operation, inputs: inputs, scope: "layer\(graph.nodes.count)")
    for id in results {
      let lengths = graph.type(id).shape.dropFirst().map { if case .fixed(let length) = $0 { length } else { 1 } }
      shapes[id] = [1] + lengths
    }
    return results
  }

  /// Weights of a layer, and sometimes none worth speaking of: channels of zeros and constant ones.
  private mutating func parameter(_ name: String, _ shape: [Int], scale: Float) -> Graph.ValueID {
    let path = "layer\(graph.nodes.count).\(name)"
    let row = shape.dropFirst().reduce(1, *)
    let isSparse = Int.random(in: 0..<4, using: &generator) == 0
    weights[path] = Tensor(
      (0..<shape.reduce(1, *)).map { index in
        isSparse && index / row % 3 == 0 ? 0 : Float.random(in: -1...1, using: &generator) * scale
      }, shape: shape)
    return graph.addParameter(path: path, role: .weight, type: ValueType(shape.map { .fixed($0) }))
  }

  private mutating func window(_ x: Graph.ValueID, kernels: [Int]) -> Window {
    let rank = shapes[x, default: []].count - 2
    let kernel = (0..<rank).map { _ in pick(kernels) }
    let stride = (0..<rank).map { _ in pick([1, 1, 2]) }
    let dilation = (0..<rank).map { pick([1, 1, kernel[$0] > 1 ? 2 : 1]) }
    // Enough padding that no axis runs out.
    let reach = (0..<rank).map { (kernel[$0] - 1) * dilation[$0] }
    let before = reach.map { pick([$0 / 2, $0 / 2, $0]) }
    return Window(
      kernel: kernel, stride: stride, paddingBefore: before, paddingAfter: (0..<rank).map { reach[$0] - before[$0] },
      dilation: dilation)
  }

  private mutating func addLayer(_ x: Graph.ValueID) throws -> Graph.ValueID {
    let channels = shapes[x, default: []][1]
    let rank = shapes[x, default: []].count - 2
    let ones = [Int](repeating: 1, count: rank)
    switch Int.random(in: 0..<12, using: &generator) {
    case 0, 1: return try addPointwise(x, outputs: pick(channelChoices), residual: nil)
    case 2: return try addPointwise(x, outputs: channels, residual: x)
    case 3, 4, 5: return try addBottleneck(x)
    case 6:
      let groups = pick([1, channels % 2 == 0 ? 2 : 1, channels])
      let outputs = groups * Int.random(in: 1...9, using: &generator)
      let window = window(x, kernels: [1, 2, 3])
      let taps = window.kernel.reduce(channels / groups, *)
      let parameters = [
        parameter("weight", [outputs, channels / groups] + window.kernel, scale: 2 / Float(taps).squareRoot()),
        parameter("bias", [outputs], scale: 0.5),
      ]
      let y = try add(
        Operations.FusedConvolution(window: window, groups: groups, activation: activation()), [x] + parameters)[0]
      guard outputs % 2 == 1 else { return y }
      // A residual from the same input.
      let others = [
        parameter("weight", [outputs, channels / groups] + window.kernel, scale: 2 / Float(taps).squareRoot()),
        parameter("bias", [outputs], scale: 0.5),
      ]
      return try add(
        Operations.FusedConvolution(window: window, groups: groups, activation: activation(), hasResidual: true),
        [x] + others + [y])[0]
    case 7:
      let strided = window(x, kernels: [1, 3])
      let window = padded(Window(kernel: strided.kernel, stride: strided.stride))
      return try add(
        Operations.Pool(pick([.average, .maximum]), window: window, countsPadding: Bool.random(using: &generator)), [x])[
          0]
    case 8:
      let size = shapes[x, default: []].dropFirst(2).map { Int.random(in: 1...max(1, $0), using: &generator) }
      return try add(Operations.AdaptivePool(pick([.average, .maximum]), outputSize: size), [x])[0]
    case 9:
      let other = try addDepthwise(x, window: Window(kernel: ones), activation: activation())
      return try add(Operations.Binary(.add), [x, other])[0]
    case 10:
      // Functions of values and their parts; two have no form in integers, of which one rounds.
      switch Int.random(in: 0..<4, using: &generator) {
      case 0:
        hasRoundingIslands = true
        return try add(Operations.Activation(.gelu), [x])[0]
      case 1: return try add(Operations.Activation(.relu), [x])[0]
      case 2:
        let other = try addPointwise(x, outputs: pick(channelChoices), residual: nil)
        guard shapes[other] == [1, shapes[other, default: []][1]] + shapes[x, default: []].dropFirst(2) else {
          return other
        }
        return try add(Operations.Concat(axis: 1), [x, other, x])[0]
      default: return try add(Operations.Slice(axis: 1, start: 0, end: max(1, channels - 1)), [x])[0]
      }
    default:
      let window = Window(kernel: rank == 3 ? [pick([1, 3, 5]), 1, 1] : ones)
      return try addDepthwise(x, window: padded(window), activation: activation())
    }
  }

  private func padded(_ window: Window) -> Window {
    Window(
      kernel: window.kernel, stride: window.stride,
      padding: window.kernel.indices.map { (window.kernel[$0] - 1) * window.dilation[$0] / 2 },
      dilation: window.dilation)
  }

  private mutating func addPointwise(
    _ x: Graph.ValueID, outputs: Int, residual: Graph.ValueID?
  ) throws -> Graph.ValueID {
    let channels = shapes[x, default: []][1]
    let rank = shapes[x, default: []].count - 2
    let stride = (0..<rank).map { _ in residual == nil ? pick([1, 1, 1, 2]) : 1 }
    let parameters = [
      parameter("weight", [outputs, channels], scale: 2 / Float(channels).squareRoot()),
      parameter("bias", [outputs], scale: 0.5),
    ]
    let activation = activation()
    return try add(
      Operations.Pointwise(stride: stride, activation: activation, hasResidual: residual != nil),
      [x] + parameters + (residual.map { [$0] } ?? []))[0]
  }

  private mutating func addDepthwise(
    _ x: Graph.ValueID, window: Window, activation: ActivationFunction?
  ) throws -> Graph.ValueID {
    let channels = shapes[x, default: []][1]
    let parameters = [
      parameter("weight", [channels] + window.kernel, scale: 2 / Float(window.kernel.reduce(1, *)).squareRoot()),
      parameter("bias", [channels], scale: 0.5),
    ]
    return try add(Operations.Depthwise(window: window, activation: activation), [x] + parameters)[0]
  }

  /// An inverted bottleneck, with or without squeeze-excite and residual.
  private mutating func addBottleneck(_ x: Graph.ValueID) throws -> Graph.ValueID {
    let inner = pick(channelChoices)
    let outputs = pick([shapes[x, default: []][1], pick(channelChoices)])
    let expanded = try addPointwise(x, outputs: inner, residual: nil)
    let rank = shapes[x, default: []].count - 2
    var window = padded(Window(kernel: rank == 3 ? [pick([1, 3]), 3, 3] : [3, 3]))
    if Int.random(in: 0..<4, using: &generator) == 0 { window = self.window(expanded, kernels: [1, 2, 3]) }
    let hasScale = Bool.random(using: &generator)
    let weights = [
      parameter("weight", [inner] + window.kernel, scale: 2 / Float(window.kernel.reduce(1, *)).squareRoot()),
      parameter("bias", [inner], scale: 0.5),
    ]
    let depthwise = try add(
      Operations.Depthwise(
        window: window, activation: hasScale ? pick([nil, nil, activation()]) : nil, emitsMean: hasScale),
      [expanded] + weights)
    var gate: [Graph.ValueID] = []
    if hasScale {
      let hidden = pick([1, 4, 8])
      let parameters = [
        parameter("reduce.weight", [hidden, inner], scale: 1), parameter("reduce.bias", [hidden], scale: 1),
        parameter("expand.weight", [inner, hidden], scale: 1), parameter("expand.bias", [inner], scale: 1),
      ]
      gate = try add(Operations.SqueezeExcite(activation: .relu), [depthwise[1]] + parameters)
    }
    let residual = shapes[x, default: []] == [1, outputs] + shapes[depthwise[0], default: []].dropFirst(2) ? [x] : []
    let projection = [
      parameter("weight", [outputs, inner], scale: 2 / Float(inner).squareRoot()),
      parameter("bias", [outputs], scale: 0.5),
    ]
    let prologue: ActivationFunction? = pick(hasScale ? [nil, .swish, .relu] : [.swish, .hardSwish])
    return try add(
      Operations.Pointwise(
        stride: [Int](repeating: 1, count: rank), activation: activation(), prologueActivation: prologue,
        hasScale: hasScale, hasResidual: !residual.isEmpty), [depthwise[0]] + projection + gate + residual)[0]
  }

  private mutating func addHead(_ x: Graph.ValueID) throws -> Graph.ValueID {
    let (channels, rank) = (shapes[x, default: []][1], shapes[x, default: []].count)
    let classes = pick([1, 10, 32, 77])
    let parameters = [
      parameter("weight", [classes, channels], scale: 2 / Float(channels).squareRoot()),
      parameter("bias", [classes], scale: 0.5),
    ]
    if Bool.random(using: &generator) {
      let mean = try add(Operations.Mean(axes: Array(2..<rank)), [x])[0]
      return try add(Operations.Linear(), [mean] + parameters)[0]
    }
    let rows = try add(Operations.Permute([0] + Array(2..<rank) + [1]), [x])[0]
    let logits = try add(Operations.Linear(), [rows] + parameters)[0]
    return try add(Operations.Mean(axes: Array(1..<rank - 1)), [logits])[0]
  }
}
