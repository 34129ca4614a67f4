import Tensors

/// How a node runs in integers: its integer inputs, its weights, the type of its result and its reference
/// implementation.
public struct IntegerForm: Sendable {
  /// The type of the result.
  public enum Result: Sendable {
    /// Always bytes.
    case bytes
    /// Some of the bytes of its inputs, all with the same quantization.
    case bytesOfInput
    /// 16-bit values, for squeeze-excite or the prologue of a pointwise convolution.
    case words
    /// Real numbers, or bytes where an integer operation takes them.
    case realOrBytes
  }

  /// The weights of a layer, and the window of its sums.
  public struct Layer: Sendable {
    /// The weight: bytes, with a scale for each output channel.
    public let weight: Graph.ValueID
    /// The bias, int32; nil for none.
    public let bias: Graph.ValueID?
    /// The window; of one element for products over channels only.
    public let window: Window
    /// The number of groups that the channels are split into.
    public let groups: Int

    /// Creates the weights of a layer.
    ///
    /// - Parameters:
    ///   - weight: The weight: bytes, with a scale for each output channel.
    ///   - bias: The bias, int32; nil for none.
    ///   - window: The window of the sums.
    ///   - groups: The number of groups that the channels are split into.
    public init(weight: Graph.ValueID, bias: Graph.ValueID?, window: Window = Window(kernel: [1, 1]), groups: Int = 1) {
      self.weight = weight
      self.bias = bias
      self.window = window
      self.groups = groups
    }
  }

  /// The inputs that it takes as integers.
  public let data: [Graph.ValueID]
  /// The one of these inputs that it takes as 16-bit values; nil for none.
  public let words: Graph.ValueID?
  /// The weights; nil for none.
  public let layer: Layer?
  /// The type of the result.
  public let result: Result
  /// The reference implementation, whose results every device must match byte for byte.
  public let meaning: @Sendable (IntegerOperands) -> [QuantizedValue]

  /// Creates an integer form.
  ///
  /// - Parameters:
  ///   - data: The inputs that it takes as integers.
  ///   - words: The one of these inputs that it takes as 16-bit values; nil for none.
  ///   - layer: The weights; nil for none.
  ///   - result: The type of the result.
  ///   - meaning: The reference implementation.
  public init(
    data: [Graph.ValueID], words: Graph.ValueID? = nil, layer: Layer? = nil, result: Result,
    meaning: @escaping @Sendable (IntegerOperands) -> [QuantizedValue]
  ) {
    self.data = data
    self.words = words
    self.layer = layer
    self.result = result
    self.meaning = meaning
  }

  /// Returns the form of a maximum of bytes, those that the float32 implementation selects.
  static func maximum(_ x: Graph.ValueID, _ maximum: @escaping @Sendable ([Tensor]) -> [Tensor]) -> IntegerForm {
    joined([x], maximum)
  }

  /// Returns the form of an operation that gives some of its inputs' bytes, those that the float32 implementation
  /// selects.
  static func joined(_ inputs: [Graph.ValueID], _ select: @escaping @Sendable ([Tensor]) -> [Tensor]) -> IntegerForm {
    IntegerForm(data: inputs, result: .bytesOfInput) { operands in
      let bytes = inputs.indices.map { operands.bytes($0).tensor.converted(to: .float32) }
      return [.bytes(select(bytes)[0].mapped(from: Float.self) { Int8($0) }, operands.resultBytes)]
    }
  }
}

/// The reason why a node does not run in integers.
public struct IntegerRefusal: Error {
  /// The reason, as in "the sum broadcasts".
  public let reason: String

  /// Creates a refusal.
  public init(_ reason: String) { self.reason = reason }

  /// Throws for an activation without an implementation that gives the same bytes everywhere.
  static func require(_ activations: ActivationFunction?...) throws(IntegerRefusal) {
    for activation in activations where !QuantizedResult.supports(activation) {
      throw IntegerRefusal("\(activation?.rawValue ?? "") has no form in integers")
    }
  }
}

/// A node of a deployable graph, from which an operation determines its integer form.
public struct IntegerNode {
  let node: Graph.Node
  let graph: Graph
  let links: GraphLinks
  /// The values that are 16-bit, and those of earlier nodes that are always bytes.
  let words: Set<Graph.ValueID>
  let bytes: Set<Graph.ValueID>

  /// The inputs of the node.
  public var inputs: [Graph.ValueID] { node.inputs }
  /// The results of the node.
  public var results: [Graph.ValueID] { node.results }

  /// Returns the type of a value.
  public func type(_ id: Graph.ValueID) -> ValueType { graph.type(id) }

  /// Returns whether a value before the node is always bytes, whatever takes it.
  public func isBytes(_ id: Graph.ValueID) -> Bool { bytes.contains(id) }

  /// Returns whether a value is a state of the graph.
  public func isState(_ id: Graph.ValueID) -> Bool { graph.states.contains { $0.value == id } }

  /// Returns whether a value before the node is 16-bit.
  public func isWords(_ id: Graph.ValueID) -> Bool { words.contains(id) }

  /// Returns the nodes that take a value.
  public func users(of id: Graph.ValueID) -> [Graph.Node] { (links.users[id] ?? []).map { graph.nodes[$0] } }

  /// Returns whether an operation with weights takes a value as its input.
  public func isMultiplied(_ id: Graph.ValueID) -> Bool {
    users(of: id).contains { $0.inputs[0] == id && $0.inputs.count > 1 && links.parameters.contains($0.inputs[1]) }
  }
}
