import Architectures
import IR
import ModelTestSupport
import TestSupport
import Tensors
import Testing

/// A network that is computed frame by frame, with the shape of a clip.
struct ContinualCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let graph: Graph
  let clipShape: [Int]
  let weights: [String: Tensor]
  var headWindow: Int?

  /// A small network.
  init(
    _ description: String, shape: [Int] = [1, 4, 5, 6, 5], headWindow: Int? = nil,
    _ body: (SymbolicTensor) -> SymbolicTensor
  ) {
    testDescription = description
    graph = Graph.build(input: .clip(channels: shape[1]), body)
    clipShape = shape
    weights = (try? RandomWeights.make(for: graph, seed: 3, measuringOn: [RandomWeights.clips(shape, seed: 2)])) ?? [:]
    self.headWindow = headWindow
  }

  /// A network with weights.
  init(_ description: String, _ graph: Graph, weights: [String: Tensor], clipShape: [Int]) {
    testDescription = description
    self.graph = graph
    self.weights = weights
    self.clipShape = clipShape
  }

  /// A narrow network of a family.
  init(_ network: NarrowNetwork) throws {
    testDescription = network.name
    graph = try network.architecture().graph()
    weights = try network.weights()
    clipShape = try network.inputs(count: 1)[0].shape
  }

  /// The frames of a video, `[N, C, 1, H, W]`.
  func frames(_ count: Int) -> [Tensor] {
    var shape = clipShape
    shape[2] = count
    let clip = RandomWeights.clips(shape, seed: 9)
    return (0..<count).map { Reference.slice(clip, axis: 2, start: $0, end: $0 + 1, step: 1) }
  }
}

/// Layers that networks are made of.
extension ContinualCase {
  static func convolution(
    _ x: SymbolicTensor, _ name: String, _ kernel: [Int], dilation: Int = 1, stride: Int = 1, groups: Int = 1,
    before: Int? = nil
  ) -> SymbolicTensor {
    let span = (kernel[0] - 1) * dilation
    let space = [kernel[1] / 2, kernel[2] / 2]
    let window = Window(
      kernel: kernel, stride: [1, stride, stride], paddingBefore: [before ?? span / 2] + space,
      paddingAfter: [span - (before ?? span / 2)] + space, dilation: [dilation, 1, 1])
    return x.applying(
      Operations.Convolution(window: window, groups: groups),
      x.builder.parameter("\(name).weight", shape: [x.channels, x.channels / groups] + kernel))
  }

  static func relu(_ x: SymbolicTensor) -> SymbolicTensor { x.applying(Operations.Activation(.relu)) }

  static func squeezeExcite(_ x: SymbolicTensor, _ name: String) -> SymbolicTensor {
    let scale = convolution(x.mean(axes: [2, 3, 4], keepsAxes: true), name, [1, 1, 1])
    return x * scale.applying(Operations.Activation(.sigmoid))
  }

  static func pool(_ x: SymbolicTensor, _ function: PoolingFunction, _ kernel: [Int]) -> SymbolicTensor {
    x.applying(
      Operations.Pool(
        function, window: Window(kernel: kernel, stride: [1, 1, 1], padding: kernel.map { $0 / 2 }),
        countsPadding: false))
  }

  static let small: [ContinualCase] = [
    ContinualCase("a convolution in time") { convolution($0, "a", [3, 1, 1]) },
    ContinualCase("a long kernel") { convolution($0, "a", [5, 3, 3]) },
    ContinualCase("an even kernel") { convolution($0, "a", [2, 3, 3]) + $0 },
    ContinualCase("dilation") { convolution($0, "a", [3, 3, 3], dilation: 2) },
    ContinualCase("depthwise") { convolution($0, "a", [3, 3, 3], groups: 4) },
    ContinualCase("spatial stride") { convolution($0, "a", [3, 3, 3], stride: 2).mean(axes: [2, 3, 4]) },
    ContinualCase("causal convolutions") {
      convolution(relu(convolution($0, "a", [3, 3, 3], before: 2)), "b", [3, 1, 1], before: 2) + $0
    },
    ContinualCase("a residual") { $0 + relu(convolution($0, "a", [3, 3, 3])) },
    ContinualCase("residuals within residuals") { x in
      let inner = convolution(x, "a", [3, 1, 1]) + x
      return relu(x + convolution(relu(inner), "b", [5, 1, 1], dilation: 2))
    },
    ContinualCase("branches of other lengths") { x in
      SymbolicTensor.concatenated([convolution(x, "a", [3, 1, 1]), x, convolution(x, "b", [5, 3, 3])], axis: 1)
    },
    ContinualCase("maximum pooling") { pool($0, .maximum, [3, 3, 3]) },
    ContinualCase("average pooling") { pool($0, .average, [3, 3, 3]) + $0 },
    ContinualCase("squeeze-excite") { squeezeExcite(convolution($0, "a", [3, 3, 3], groups: 4), "se") },
    ContinualCase("a block with squeeze-excite and a head", headWindow: 7) { x in
      let inner = relu(squeezeExcite(convolution(x, "a", [3, 3, 3], groups: 4), "se"))
      return (x + convolution(inner, "b", [3, 1, 1])).mean(axes: [2, 3, 4])
    },
    ContinualCase("a head that pools", headWindow: 3) { x in
      let pooled = x.applying(Operations.Pool(.average, window: Window(kernel: [5, 6, 5])))
      return convolution(pooled, "a", [1, 1, 1]).applying(Operations.Reshape([0, -1]))
    },
    ContinualCase("an adaptive head") { x in
      convolution(x, "a", [3, 1, 1]).applying(Operations.AdaptivePool(.average, outputSize: [1, 1, 1]))
        .permuted(0, 2, 3, 4, 1).applying(Operations.Softmax(axis: 4))
    },
    ContinualCase("per-frame outputs") { x in
      convolution(x, "a", [3, 3, 3]).mean(axes: [3, 4]).permuted(0, 2, 1).applying(Operations.Softmax(axis: 2))
    },
  ]
}

extension Graph {
  /// Returns the graph of clips with a stride of 1 along time in all windows.
  func withoutStridesInTime() throws -> Graph {
    let program = try ModelProgram(self, weights: RandomWeights.parameters(of: self, seed: 1))
    var rewriter = try GraphRewriter(program)
    for (index, node) in nodes.enumerated() {
      var operation = node.operation
      if var convolution = operation as? Operations.Convolution {
        convolution.window.stride[0] = 1
        operation = convolution
      } else if let pool = operation as? Operations.Pool {
        var window = pool.window
        window.stride[0] = 1
        operation = Operations.Pool(
          pool.function, window: window, countsPadding: pool.countsPadding, roundsUp: pool.roundsUp)
      }
      let results = try rewriter.add(
        operation, inputs: rewriter.values(for: node.inputs), standingFor: [index])
      for (old, new) in zip(node.results, results) { rewriter.replace(old, by: new) }
    }
    return try rewriter.finish().graph
  }
}
