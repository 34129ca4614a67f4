import Tensors

extension Operations {
  /// A depthwise convolution with an activation and, for squeeze-excite, the mean of its result.
  ///
  /// Inputs: x `[N, C, (T,) H, W]`, weight `[C, window…]`, bias `[C]`. Results: y `[N, C, …]` and, if ``emitsMean``,
  /// the mean over y's positions, `[N, C, (1,) 1, 1]`.
  public struct Depthwise: Operation {
    /// `depthwise`.
    public static let name = "depthwise"
    /// The window, its stride, padding and dilation.
    public var window: Window
    /// The function that is applied to the sums; nil for none.
    public var activation: ActivationFunction?
    /// Whether there is a second result, the mean of the first over its positions.
    public var emitsMean: Bool

    /// Creates a depthwise convolution from its attributes.
    public init(window: Window, activation: ActivationFunction? = nil, emitsMean: Bool = false) {
      self.window = window
      self.activation = activation
      self.emitsMean = emitsMean
    }

    /// Returns `[N, C, …]` with the lengths that the window leaves, and `[N, C, (1,) 1, 1]` if the mean is computed.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(3...3, of: [.float32])
      let spatial = try window.resultLengths(inputs[0])
      let channels = try inputs[0].requireFixed(1, "the number of channels")
      try inputs[1].require([.fixed(channels)] + window.kernel.map { .fixed($0) }, "the weight")
      try inputs[2].require([.fixed(channels)], "the bias")
      let result = ValueType([inputs[0].shape[0], .fixed(channels)] + spatial)
      return emitsMean ? [result, result.perChannel] : [result]
    }

    /// Clips are independent; in integers, its input is bytes and its result bytes, or 16-bit values for squeeze-excite
    /// and prologues.
    public var facts: OperationFacts {
      let taps = window.kernel.reduce(1, *)
      return OperationFacts(
        reach: .clip, cost: .multiplyAdds { _, results in OperationFacts.Cost.count(results[0] + [taps]) },
        integers: .form(integerForm)
      )
    }

    /// Returns `activation(W ∗ x + bias)` for each channel, and its mean over all positions.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let channels = inputs[1].shape[0]
      let weight = inputs[1].reshaped(to: [channels, 1] + window.kernel)
      let sums = Reference.convolution(inputs[0], weight: weight, bias: inputs[2], window: window, groups: channels)
      let y = Efficient.finish(sums, activation: activation)
      return emitsMean ? [y, Reference.mean(y, axes: Array(2..<y.rank))] : [y]
    }
  }
}

extension Operations.Depthwise {
  private func integerForm(of node: IntegerNode) throws(IntegerRefusal) -> IntegerForm {
    try IntegerRefusal.require(activation)
    let layer = IntegerForm.Layer(
      weight: node.inputs[1], bias: node.inputs[2], window: window,
      groups: node.type(node.inputs[0]).shape[1].value ?? 1)
    return IntegerForm(data: [node.inputs[0]], layer: layer, result: givesWords(node) ? .words : .bytes) { operands in
      let (x, quantization) = operands.bytes(0)
      let y = operands.finish(operands.sums(of: x, quantization), quantization, activation: activation)
      let shape = y.stored.shape
      return emitsMean ? [y, .real(y.mean(shape: shape.prefix(2) + shape[2...].map { _ in 1 }))] : [y]
    }
  }

  /// Returns whether its result goes to squeeze-excite, or to the prologue of a pointwise convolution.
  private func givesWords(_ node: IntegerNode) -> Bool {
    let y = node.results[0]
    return emitsMean
      || node.users(of: y).contains { user in
        (user.operation as? Operations.Pointwise)?.hasPrologue ?? false && user.inputs[0] == y
      }
  }
}
