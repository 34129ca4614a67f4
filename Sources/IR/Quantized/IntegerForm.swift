import Tensors

/// How a node runs in integers: what it takes as integers, its weights, what it gives, and what it computes.
public struct IntegerForm: Sendable {
  /// What becomes of the exact results.
  public enum Result: Sendable {
    /// Bytes, always.
    case bytes
    /// Some of the bytes that it takes, so that they stand for the same numbers.
    case bytesOfInput
    /// 16-bit values, as squeeze-excite and a pointwise convolution's prologue take them.
    case words
    /// Real numbers, or bytes where an integer operation takes them.
    case realOrBytes
  }

  /// The weights of a layer, and over what they add up.
  public struct Layer: Sendable {
    /// Bytes, with a scale for each output channel.
    public let weight: Graph.ValueID
    /// 32-bit integers; nil: there is none.
    public let bias: Graph.ValueID?
    /// The window; of one element for what multiplies channels alone.
    public let window: Window
    /// Into how many groups the channels are split.
    public let groups: Int

    /// A layer's weights.
    public init(weight: Graph.ValueID, bias: Graph.ValueID?, window: Window = Window(kernel: [1, 1]), groups: Int = 1) {
      self.weight = weight
      self.bias = bias
      self.window = window
      self.groups = groups
    }
  }

  /// The values that it takes as integers.
  public let data: [Graph.ValueID]
  /// The value among them that it takes as 16-bit values; nil for none.
  public let words: Graph.ValueID?
  /// Its weights, if it has some.
  public let layer: Layer?
  /// What it gives.
  public let result: Result
  /// What it computes, and every device must, byte for byte.
  public let meaning: @Sendable (IntegerOperands) -> [QuantizedValue]

  /// A form; there is none without a meaning.
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

  /// The largest of some bytes: those that the float32 meaning finds.
  static func maximum(_ x: Graph.ValueID, of operation: any Operation) -> IntegerForm {
    IntegerForm(data: [x], result: .bytesOfInput) { operands in
      let most = operation.evaluate([operands.bytes(0).tensor.converted(to: .float32)])[0]
      return [.bytes(most.mapped(from: Float.self) { Int8($0) }, operands.resultBytes)]
    }
  }
}

/// A refusal: why a node does not run in integers.
public struct IntegerRefusal: Error {
  /// What is in the way, as in "the sum broadcasts".
  public let reason: String

  /// A refusal for a reason.
  public init(_ reason: String) { self.reason = reason }

  /// Refuses activations that have no form which gives the same bytes everywhere.
  static func require(_ activations: ActivationFunction?...) throws(IntegerRefusal) {
    for activation in activations where !QuantizedResult.supports(activation) {
      throw IntegerRefusal("\(activation?.rawValue ?? "") has no form in integers")
    }
  }
}

/// A node of a deployable graph, as an operation looks at it that says how it runs in integers.
public struct IntegerNode {
  let node: Graph.Node
  let graph: Graph
  let links: GraphLinks
  /// The values that have 16 bits.
  let words: Set<Graph.ValueID>

  /// What the node takes.
  public var inputs: [Graph.ValueID] { node.inputs }
  /// What the node gives.
  public var results: [Graph.ValueID] { node.results }

  /// What is known of a value.
  public func type(_ id: Graph.ValueID) -> ValueType { graph.type(id) }

  /// Whether a value before the node has 16 bits.
  public func isWords(_ id: Graph.ValueID) -> Bool { words.contains(id) }

  /// The nodes that take a value.
  public func users(of id: Graph.ValueID) -> [Graph.Node] { (links.users[id] ?? []).map { graph.nodes[$0] } }

  /// Whether a value is what an operation with weights takes.
  public func isMultiplied(_ id: Graph.ValueID) -> Bool {
    users(of: id).contains { $0.inputs[0] == id && $0.inputs.count > 1 && links.parameters.contains($0.inputs[1]) }
  }
}
