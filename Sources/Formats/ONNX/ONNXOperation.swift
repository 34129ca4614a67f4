import IR
import Tensors

/// An operation that can be said in ONNX: each has a row in `Rows/`.
protocol ONNXOperation: Operation {
  /// Adds nodes that compute the operation.
  ///
  /// - Returns: The names of its results.
  func export(to onnx: ONNXNode) -> [String]
}

/// A node of a graph on its way to ONNX: what it takes, and how nodes are added for it.
struct ONNXNode {
  let exporter: ONNXExporter
  /// Which node of the graph it is.
  let index: Int

  private var node: Graph.Node { exporter.graph.nodes[index] }

  /// What nodes and constants of this one are called after: the layer's path and the first result's name.
  private var place: String { place(of: node.results[0]) }

  func place(of result: Graph.ValueID) -> String {
    let name = exporter.graph[result].name
    return node.scope.isEmpty ? name : "\(node.scope)/\(name)"
  }

  /// How many inputs there are.
  var inputCount: Int { node.inputs.count }

  /// What is known of an input.
  func type(_ input: Int) -> ValueType { exporter.graph.type(node.inputs[input]) }

  /// The name of an input.
  func input(_ index: Int) -> String { exporter.name(of: node.inputs[index]) }

  /// The name of an input under another shape.
  func input(_ index: Int, shape: [Int]) -> String {
    exporter.name(of: node.inputs[index], reshapedTo: shape, at: place)
  }

  /// The first of the results as it is kept, for a second one that follows from it: what its integers stand for, if the
  /// node gives integers.
  func kept(_ name: String) -> String {
    guard exporter.runsInIntegers(index) else { return name }
    exporter.define(node.results[0], name, at: place)
    return exporter.name(of: node.results[0])
  }

  /// What a prologue gives, as it is multiplied.
  func multiplied(_ name: String) -> String { exporter.multiplied(name, by: index, at: place) }

  /// Adds a node.
  func callAsFunction(_ type: String, _ inputs: String..., attributes: ONNXAttributes = [:]) -> String {
    exporter.builder.node(type, inputs, attributes, at: place)
  }

  /// Adds a node of any number of inputs.
  func callAsFunction(_ type: String, _ inputs: [String], attributes: ONNXAttributes = [:]) -> String {
    exporter.builder.node(type, inputs, attributes, at: place)
  }

  /// A constant of integers on one axis.
  func constant(_ values: [Int], _ name: String) -> String {
    exporter.builder.constant(Tensor(values.map { Int64($0) }, shape: [values.count]), as: "\(place)/\(name)")
  }

  /// A constant number.
  func constant(_ value: Float, _ name: String) -> String {
    exporter.builder.constant(Tensor([value], shape: []), as: "\(place)/\(name)")
  }
}

// MARK: What several operations need

extension ONNXNode {
  /// A convolution.
  func convolution(_ x: String, weight: String, bias: String?, _ window: Window, groups: Int = 1) -> String {
    self(
      "Conv", [x, weight] + (bias.map { [$0] } ?? []),
      attributes: [
        "kernel_shape": .ints(window.kernel), "strides": .ints(window.stride),
        "pads": .ints(window.paddingBefore + window.paddingAfter), "dilations": .ints(window.dilation),
        "group": .int(groups),
      ])
  }

  /// `activation(sums + residual)`: how an efficient operation ends.
  func finish(_ sums: String, residual: String? = nil, _ function: ActivationFunction?) -> String {
    activation(residual.map { self("Add", sums, $0) } ?? sums, function)
  }

  /// A function of each element; nil: nothing.
  func activation(_ x: String, _ function: ActivationFunction?) -> String {
    switch function {
    case nil: x
    case .relu: self("Relu", x)
    case .swish: self("Mul", x, self("Sigmoid", x))
    case .hardSwish: self("HardSwish", x)
    case .sigmoid: self("Sigmoid", x)
    case .hardSigmoid: self("HardSigmoid", x, attributes: ["alpha": .float(1 / 6), "beta": .float(0.5)])
    case .gelu: self("Gelu", x, attributes: ["approximate": .string("none")])
    case .tanh: self("Tanh", x)
    }
  }

  /// A value's elements in other places, or some of them. Where it stands for integers, those are moved: less to move, and
  /// ONNX Runtime 1.32 fails on x86 where float32 is moved between a DequantizeLinear and anything but a QuantizeLinear.
  func moving(_ x: String, _ move: (String) -> String) -> String {
    guard let inputs = exporter.integers[x] else { return move(x) }
    return exporter.dequantized([move(inputs[0])] + inputs[1...], at: place)
  }

  /// The average or the largest element over some axes.
  func reduction(_ x: String, _ function: PoolingFunction, axes: [Int], keepsAxes: Bool = true) -> String {
    self(
      function == .average ? "ReduceMean" : "ReduceMax", x, constant(axes, "axes"),
      attributes: ["keepdims": .flag(keepsAxes)])
  }
}
