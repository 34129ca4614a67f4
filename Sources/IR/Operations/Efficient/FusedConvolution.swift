import Tensors

extension Operations {
  /// A convolution with any window, padding, dilation and number of groups, with its bias, a residual sum and an
  /// activation: `activation(W ∗ x + bias + residual)`.
  ///
  /// Inputs: x `[N, C, (T,) H, W]`, weight `[K, C / groups, window…]`, bias `[K]`; then, if there is one, residual, like the
  /// result. Result: `[N, K, …]`.
  public struct FusedConvolution: Operation {
    /// `fused_convolution`.
    public static let name = "fused_convolution"
    /// The window, its stride, padding and dilation.
    public var window: Window
    /// The number of groups that the channels are split into.
    public var groups: Int
    /// The function that is applied to the sums; nil for none.
    public var activation: ActivationFunction?
    /// Whether a value is added to the sums before the activation.
    public var hasResidual: Bool

    /// Creates a convolution from its attributes.
    public init(window: Window, groups: Int = 1, activation: ActivationFunction? = nil, hasResidual: Bool = false) {
      self.window = window
      self.groups = groups
      self.activation = activation
      self.hasResidual = hasResidual
    }

    /// Returns `[N, K, …]` with the lengths that the window leaves; a residual must have the same type.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      let count = hasResidual ? 4 : 3
      try inputs.require(count...count, of: [.float32])
      let results = try convolution.resultTypes(Array(inputs[..<3]))
      if hasResidual { try inputs[3].require(results[0].shape, "the residual") }
      return results
    }

    /// Clips are independent; in integers, its input, residual and result are bytes.
    public var facts: OperationFacts {
      OperationFacts(reach: .clip, cost: convolution.facts.cost, integers: .form(integerForm))
    }

    /// Returns `activation(W ∗ x + bias + residual)`.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let sums = convolution.evaluate(Array(inputs[..<3]))[0]
      return [Efficient.finish(sums, residual: hasResidual ? inputs[3] : nil, activation: activation)]
    }

    /// The convolution without the fused operations.
    private var convolution: Convolution { Convolution(window: window, groups: groups) }
  }
}

extension Operations.FusedConvolution {
  private func integerForm(of node: IntegerNode) throws(IntegerRefusal) -> IntegerForm {
    try IntegerRefusal.require(activation)
    let layer = IntegerForm.Layer(weight: node.inputs[1], bias: node.inputs[2], window: window, groups: groups)
    let data = [node.inputs[0]] + (hasResidual ? node.inputs.suffix(1) : [])
    return IntegerForm(data: data, layer: layer, result: .bytes) { operands in
      let (x, quantization) = operands.bytes(0)
      return [
        operands.finish(
          operands.sums(of: x, quantization), quantization, activation: activation,
          residual: hasResidual ? operands.values.last : nil)
      ]
    }
  }
}
