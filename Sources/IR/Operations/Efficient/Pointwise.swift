import Tensors

extension Operations {
  /// A 1×1(×1) convolution with the operations around it in an inverted bottleneck: `activation(W ·
  /// prologueActivation(x ⊙ scale) + bias + residual)`.
  ///
  /// Inputs: x `[N, C, (T,) H, W]`, weight `[K, C]`, bias `[K]`; then, if there is one, scale `[N, C, (1,) 1, 1]`; then, if
  /// there is one, residual, like the result. Result: `[N, K, …]`.
  public struct Pointwise: Operation {
    /// `pointwise`.
    public static let name = "pointwise"
    /// The stride, `[H, W]` or `[T, H, W]`.
    public var stride: [Int]
    /// The function that is applied to the sums; nil for none.
    public var activation: ActivationFunction?
    /// The function that is applied to x, after the scale; nil for none.
    public var prologueActivation: ActivationFunction?
    /// Whether x is scaled per channel first, as squeeze-excite does.
    public var hasScale: Bool
    /// Whether a value is added to the sums before the activation.
    public var hasResidual: Bool

    /// Creates a pointwise convolution from its attributes.
    public init(
      stride: [Int], activation: ActivationFunction? = nil, prologueActivation: ActivationFunction? = nil,
      hasScale: Bool = false, hasResidual: Bool = false
    ) {
      self.stride = stride
      self.activation = activation
      self.prologueActivation = prologueActivation
      self.hasScale = hasScale
      self.hasResidual = hasResidual
    }

    /// Returns `[N, K, …]` with the lengths that the stride leaves; scale and residual must fit.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      let count = 3 + (hasScale ? 1 : 0) + (hasResidual ? 1 : 0)
      try inputs.require(count...count, of: [.float32])
      let spatial = try window.resultLengths(inputs[0])
      let channels = try inputs[0].requireFixed(1, "the number of channels")
      let outputs = try inputs[1].requireFixed(0, "the number of output channels")
      try inputs[1].require([.fixed(outputs), .fixed(channels)], "the weight")
      try inputs[2].require([.fixed(outputs)], "the bias")
      if hasScale { try inputs[3].requirePerChannel(of: inputs[0], "the scale") }
      let result = ValueType([inputs[0].shape[0], .fixed(outputs)] + spatial)
      if hasResidual { try inputs[count - 1].require(result.shape, "the residual") }
      return [result]
    }

    /// Clips are independent; in integers, its input is bytes, or 16-bit values with a prologue.
    public var facts: OperationFacts {
      OperationFacts(
        reach: .clip, cost: .multiplyAdds { inputs, results in OperationFacts.Cost.count(results[0] + [inputs[1][1]]) },
        integers: .form(integerForm))
    }

    /// Whether x is scaled or activated before the product.
    var hasPrologue: Bool { hasScale || prologueActivation != nil }

    /// Returns `activation(W · prologue(scale · x) + bias + residual)`.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      var x = inputs[0]
      if hasScale { x = Reference.binary(x, inputs[3], .multiply) }
      if let prologueActivation { x = Reference.activation(x, prologueActivation) }
      let weight = inputs[1].reshaped(to: inputs[1].shape + window.kernel)
      let sums = Reference.convolution(x, weight: weight, bias: inputs[2], window: window, groups: 1)
      return [Efficient.finish(sums, residual: hasResidual ? inputs.last : nil, activation: activation)]
    }

    /// The window of one element, with the stride.
    private var window: Window { Window(kernel: stride.map { _ in 1 }, stride: stride) }
  }
}

extension Operations.Pointwise {
  private func integerForm(of node: IntegerNode) throws(IntegerRefusal) -> IntegerForm {
    try IntegerRefusal.require(activation, prologueActivation)
    let x = node.inputs[0]
    if hasPrologue, !node.isWords(x) { throw IntegerRefusal("what it scales is no depthwise convolution") }
    return IntegerForm(
      data: [x] + (hasResidual ? node.inputs.suffix(1) : []), words: hasPrologue ? x : nil,
      layer: .init(weight: node.inputs[1], bias: node.inputs[2], window: window),
      result: hasResidual ? .bytes : .realOrBytes
    ) { operands in
      let (x, quantization) = hasPrologue ? prologue(operands) : operands.bytes(0)
      return [
        operands.finish(
          operands.sums(of: x, quantization), quantization, activation: activation,
          residual: hasResidual ? operands.values.last : nil)
      ]
    }
  }

  /// Returns the bytes that the prologue computes from 16-bit values.
  private func prologue(_ operands: IntegerOperands) -> (Tensor, QuantizationParameters) {
    guard case .words(let words, let unit) = operands.values[0], let target = operands.prologue else {
      preconditionFailure("a prologue takes words")
    }
    let gates = hasScale ? operands.values[3].real.elements(as: Float.self) : [1]
    let plane = words.plane
    let values = words.elements(as: Int16.self)
    let result = values.indices.map { position in
      Reference.Quantized.byte(
        word: values[position], factor: unit * gates[hasScale ? position / plane : 0], activation: prologueActivation,
        target)
    }
    return (Tensor(result, shape: words.shape), target)
  }
}
