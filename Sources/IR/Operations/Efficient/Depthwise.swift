import Tensors

extension Operations {
  /// A convolution of each channel by itself, with an activation and, for squeeze-excite, the mean of its result.
  ///
  /// Inputs: x `[N, C, (T,) H, W]`, weight `[C, window…]`, bias `[C]`. Results: y `[N, C, …]` and, if asked for, the mean over
  /// y's positions, `[N, C, (1,) 1, 1]`.
  public struct Depthwise: Operation {
    /// `depthwise`.
    public static let name = "depthwise"
    /// The window, its stride, padding and dilation.
    public var window: Window
    /// Applied to the sums; nil: nothing.
    public var activation: ActivationFunction?
    /// Whether there is a second result: the mean of the first over its positions.
    public var emitsMean: Bool

    /// A depthwise convolution from its attributes.
    public init(window: Window, activation: ActivationFunction? = nil, emitsMean: Bool = false) {
      self.window = window
      self.activation = activation
      self.emitsMean = emitsMean
    }

    /// The shape rule.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(3...3)
      let spatial = try window.resultLengths(inputs[0])
      let channels = try inputs[0].requireFixed(1, "the number of channels")
      try inputs[1].require([.fixed(channels)] + window.kernel.map { .fixed($0) }, "the weight")
      try inputs[2].require([.fixed(channels)], "the bias")
      let result = ValueType([inputs[0].shape[0], .fixed(channels)] + spatial)
      return emitsMean ? [result, result.perChannel] : [result]
    }

    /// The scalar meaning.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      let channels = inputs[1].shape[0]
      let weight = inputs[1].reshaped(to: [channels, 1] + window.kernel)
      let sums = Reference.convolution(inputs[0], weight: weight, bias: inputs[2], window: window, groups: channels)
      let y = Efficient.finish(sums, activation: activation)
      return emitsMean ? [y, Reference.mean(y, axes: Array(2..<y.rank))] : [y]
    }

    /// Multiply-adds of the whole operation.
    public func multiplyAdds(inputs: [[Int]], results: [[Int]]) -> Int {
      results[0].reduce(1, *) * window.kernel.reduce(1, *)
    }
  }
}
