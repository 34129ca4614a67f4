import Tensors

extension Operations {
  /// The order in which a recurrent layer reads its steps.
  public enum Direction: String, Sendable, Codable, CaseIterable {
    /// From the first step to the last.
    case forward
    /// From the last step to the first.
    case reverse
    /// Both ways, by two layers, of which the first one reads forward.
    case bidirectional

    /// The number of layers.
    public var count: Int { self == .bidirectional ? 2 : 1 }

    /// Whether the layer with an index reads backward.
    func isReversed(_ layer: Int) -> Bool { self == .reverse || layer == 1 }
  }

  /// Gated recurrent units (Cho et al. 2014), with the gates z (update), r (reset) and h (hidden), as in ONNX.
  ///
  /// Inputs: x `[T, N, I]`; weight `[D, 3·H, I]`, recurrent weight `[D, 3·H, H]` and bias `[D, 6·H]` (first those of
  /// the weight, then those of the recurrent weight), with the gates in that order and D the number of directions; and,
  /// optionally, the initial state `[D, N, H]`, otherwise zeros. Results: the states of all steps `[T, D, N, H]`; the
  /// last state `[D, N, H]`.
  public struct GRU: Operation {
    /// `gru`.
    public static let name = "gru"
    /// The order in which steps are read.
    public var direction: Direction
    /// Whether the reset gate multiplies the recurrent product and its bias, as in PyTorch, and not the state.
    public var resetsProduct: Bool

    /// Creates the layer from its attributes.
    public init(direction: Direction = .forward, resetsProduct: Bool) {
      self.direction = direction
      self.resetsProduct = resetsProduct
    }

    /// Returns `[T, D, N, H]` and `[D, N, H]`.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(4...5, of: [.float32])
      return try inputs.recurrentTypes(direction, gates: 3, states: inputs.count - 4, cells: 1)
    }

    /// The batch is not the first axis; the cost is that of both products.
    public var facts: OperationFacts {
      OperationFacts(reach: .batch, cost: .multiplyAdds { inputs, _ in recurrentCost(inputs) }, integers: .none)
    }

    /// Returns the states, step by step: `h = (1 − z) · tanh(…) + z · h`.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      Reference.gru(inputs, direction, resetsProduct: resetsProduct)
    }
  }

  /// Long short-term memory (Hochreiter and Schmidhuber 1997), with the gates i (input), o (output), f (forget) and c
  /// (cell), as in ONNX.
  ///
  /// Inputs: x `[T, N, I]`; weight `[D, 4·H, I]`, recurrent weight `[D, 4·H, H]` and bias `[D, 8·H]` (first those of
  /// the weight, then those of the recurrent weight), with the gates in that order and D the number of directions; the
  /// initial state and the initial cells `[D, N, H]` if `hasInitialState`, otherwise zeros; weights of the cells in the
  /// gates i, o and f, `[D, 3·H]`, if `hasPeepholes`. Results: the states of all steps `[T, D, N, H]`; the last state and
  /// the last cells, `[D, N, H]` each.
  public struct LSTM: Operation {
    /// `lstm`.
    public static let name = "lstm"
    /// The order in which steps are read.
    public var direction: Direction
    /// Whether there are an initial state and initial cells.
    public var hasInitialState: Bool
    /// Whether gates see the cells (Gers and Schmidhuber 2000).
    public var hasPeepholes: Bool

    /// Creates the layer from its attributes.
    public init(direction: Direction = .forward, hasInitialState: Bool = false, hasPeepholes: Bool = false) {
      self.direction = direction
      self.hasInitialState = hasInitialState
      self.hasPeepholes = hasPeepholes
    }

    /// Returns `[T, D, N, H]` and `[D, N, H]` twice.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      let count = 4 + (hasInitialState ? 2 : 0) + (hasPeepholes ? 1 : 0)
      try inputs.require(count...count, of: [.float32])
      let types = try inputs.recurrentTypes(direction, gates: 4, states: hasInitialState ? 2 : 0, cells: 2)
      if hasPeepholes {
        try inputs[count - 1].require([.fixed(direction.count), types[1].shape[2] * 3], "the peepholes")
      }
      return types
    }

    /// The batch is not the first axis; the cost is that of both products.
    public var facts: OperationFacts {
      OperationFacts(reach: .batch, cost: .multiplyAdds { inputs, _ in recurrentCost(inputs) }, integers: .none)
    }

    /// Returns the states, step by step: `c = f · c + i · tanh(…)`, `h = o · tanh(c)`.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      Reference.lstm(inputs, direction, hasInitialState: hasInitialState, hasPeepholes: hasPeepholes)
    }
  }
}

/// Returns the multiply-adds of the products with both weights, for all steps, layers and clips.
private func recurrentCost(_ inputs: [[Int]]) -> Int {
  OperationFacts.Cost.count(inputs[0].prefix(2) + [inputs[1].reduce(1, *) + inputs[2].reduce(1, *)])
}

extension [ValueType] {
  /// Checks the inputs of a recurrent layer and returns the types of its results.
  fileprivate func recurrentTypes(
    _ direction: Operations.Direction, gates: Int, states: Int, cells: Int
  ) throws(ShapeError) -> [ValueType] {
    guard self[0].rank == 3 else { throw ShapeError("x must be [T, N, I]") }
    let hidden = try self[2].requireFixed(2, "the length of the state")
    let (layers, rows) = (Dimension.fixed(direction.count), Dimension.fixed(hidden) * .fixed(gates))
    try self[1].require([layers, rows, self[0].shape[2]], "the weight")
    try self[2].require([layers, rows, .fixed(hidden)], "the recurrent weight")
    try self[3].require([layers, rows * 2], "the bias")
    let state = [layers, self[0].shape[1], .fixed(hidden)]
    for input in self[4..<4 + states] { try input.require(state, "an initial state") }
    return [ValueType([self[0].shape[0]] + state)] + [ValueType](repeating: ValueType(state), count: cells)
  }
}
