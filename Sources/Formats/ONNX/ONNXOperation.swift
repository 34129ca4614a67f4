import IR
import Tensors

/// An operation that can be written as ONNX, and the operators that are read as it; each has a row in `Rows/`.
protocol ONNXOperation: Operation {
  /// The operators that become this operation, and perhaps others; none for an operation that passes make.
  static var importRows: [ONNXImportRow] { get }

  /// Adds nodes that compute the operation.
  ///
  /// - Returns: The names of its results.
  func export(to onnx: ONNXNode) -> [String]
}

/// A node of a graph that is being exported: its inputs, and functions that add ONNX nodes for it.
struct ONNXNode {
  let exporter: ONNXExporter
  /// The index of the node in the graph.
  let index: Int

  private var node: Graph.Node { exporter.graph.nodes[index] }

  /// The prefix of the names of its nodes and constants: the layer's path and the first result's name.
  private var place: String { place(of: node.results[0]) }

  func place(of result: Graph.ValueID) -> String {
    let name = exporter.graph[result].name
    return node.scope.isEmpty ? name : "\(node.scope)/\(name)"
  }

  /// Says that a node needs a version of ONNX's operators: the file is written in it, or cannot be in the one that was asked
  /// for.
  func requires(operatorSet: Int) { exporter.builder.requires(operatorSet: operatorSet) }

  /// The version of ONNX's operators.
  var operatorSet: Int { exporter.builder.operatorSet }

  /// The number of inputs.
  var inputCount: Int { node.inputs.count }

  /// Returns the type of an input.
  func type(_ input: Int) -> ValueType { exporter.graph.type(node.inputs[input]) }

  /// Returns the name of an input.
  func input(_ index: Int) -> String { exporter.name(of: node.inputs[index]) }

  /// Returns the name of an input with another shape.
  func input(_ index: Int, shape: [Int]) -> String {
    exporter.name(of: node.inputs[index], reshapedTo: shape, at: place)
  }

  /// Returns the first result as it is kept, for a second one that is computed from it: dequantized, if the node's
  /// result is quantized.
  func kept(_ name: String) -> String {
    guard exporter.runsInIntegers(index) else { return name }
    exporter.define(node.results[0], name, at: place)
    return exporter.name(of: node.results[0])
  }

  /// Returns a prologue's result as it is multiplied.
  func multiplied(_ name: String) -> String { exporter.multiplied(name, by: index, at: place) }

  /// Adds a node.
  func callAsFunction(_ type: String, _ inputs: String..., attributes: ONNXAttributes = [:]) -> String {
    exporter.builder.node(type, inputs, attributes, at: place)
  }

  /// Adds a node with any number of inputs.
  func callAsFunction(_ type: String, _ inputs: [String], attributes: ONNXAttributes = [:]) -> String {
    exporter.builder.node(type, inputs, attributes, at: place)
  }

  /// Adds a node with several results.
  func callAsFunction(
    _ type: String, _ inputs: [String], attributes: ONNXAttributes = [:], resultCount: Int
  ) -> [String] {
    exporter.builder.node(type, inputs, attributes, resultCount: resultCount, at: place)
  }

  /// Adds a constant integer.
  func constant(_ value: Int, _ name: String) -> String {
    exporter.builder.constant(Tensor([Int64(value)], shape: []), as: "\(place)/\(name)")
  }

  /// Adds a constant of numbers on one axis, of the type in which values are computed unless another one is given.
  func constant(_ values: [Float], of type: ElementType? = nil, _ name: String) -> String {
    exporter.builder.constant(Tensor(values, shape: [values.count]), as: "\(place)/\(name)", type: type)
  }

  /// Adds a constant number of an element type.
  func constant(_ value: Float, of type: ElementType, _ name: String) -> String {
    exporter.builder.constant(Tensor([value], shape: []).converted(to: type), as: "\(place)/\(name)")
  }

  /// Adds a constant of integers on one axis.
  func constant(_ values: [Int], _ name: String) -> String {
    exporter.builder.constant(Tensor(values.map { Int64($0) }, shape: [values.count]), as: "\(place)/\(name)")
  }

  /// Adds a constant tensor.
  func constant(_ tensor: Tensor, _ name: String) -> String {
    exporter.builder.constant(tensor, as: "\(place)/\(name)")
  }

  /// Adds a constant number.
  func constant(_ value: Float, _ name: String) -> String {
    exporter.builder.constant(Tensor([value], shape: []), as: "\(place)/\(name)")
  }
}

// MARK: What several operations need

extension ONNXNode {
  /// Adds a convolution.
  func convolution(_ x: String, weight: String, bias: String?, _ window: Window, groups: Int = 1) -> String {
    self("Conv", [x, weight] + (bias.map { [$0] } ?? []), attributes: attributes(of: window, groups: groups))
  }

  /// Returns the attributes of a convolution.
  func attributes(of window: Window, groups: Int) -> ONNXAttributes {
    [
      "kernel_shape": .ints(window.kernel), "strides": .ints(window.stride),
      "pads": .ints(window.paddingBefore + window.paddingAfter), "dilations": .ints(window.dilation),
      "group": .int(groups),
    ]
  }

  /// Adds `activation(sums + residual)`, the end of an efficient operation.
  func finish(_ sums: String, residual: String? = nil, _ function: ActivationFunction?) -> String {
    activation(residual.map { self("Add", sums, $0) } ?? sums, function)
  }

  /// Adds a function of each element; nil for none.
  func activation(_ x: String, _ function: ActivationFunction?) -> String {
    switch function {
    case nil: x
    case .relu: self("Relu", x)
    case .swish: self("Mul", x, self("Sigmoid", x))
    case .hardSwish: self("HardSwish", x)
    case .sigmoid: self("Sigmoid", x)
    case .hardSigmoid: self("HardSigmoid", x, attributes: ["alpha": .float(1 / 6), "beta": .float(0.5)])
    case .gelu: gelu(x)
    case .tanh: self("Tanh", x)
    }
  }

  /// Adds x · (1 + erf(x / √2)) / 2, which has an operator of its own since operator set 20.
  private func gelu(_ x: String) -> String {
    if operatorSet >= 20 { return self("Gelu", x, attributes: ["approximate": .string("none")]) }
    let sum = self(
      "Add", self("Erf", self("Mul", x, constant(Float(0.5).squareRoot(), "root"))), constant(Float(1), "one"))
    return self("Mul", self("Mul", x, sum), constant(0.5, "half"))
  }

  /// Adds a movement or selection of a value's elements. If it is dequantized, the integers are moved: less data to
  /// move, and ONNX Runtime 1.32 fails on x86 where float32 is moved between a DequantizeLinear and anything but a
  /// QuantizeLinear.
  func moving(_ x: String, _ move: (String) -> String) -> String {
    guard let inputs = exporter.integers[x] else { return move(x) }
    return exporter.dequantized([move(inputs[0])] + inputs[1...], at: place)
  }

  /// Adds the average or maximum over some axes.
  func reduction(_ x: String, _ function: PoolingFunction, axes: [Int], keepsAxes: Bool = true) -> String {
    let name = function == .average ? "ReduceMean" : "ReduceMax"
    // Axes became an input in operator set 18.
    guard operatorSet >= 18 else {
      return self(name, x, attributes: ["axes": .ints(axes), "keepdims": .flag(keepsAxes)])
    }
    return self(name, x, constant(axes, "axes"), attributes: ["keepdims": .flag(keepsAxes)])
  }
}
