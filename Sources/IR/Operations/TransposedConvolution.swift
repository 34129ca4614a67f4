import Tensors

extension Operations {
  /// A transposed convolution over one to three axes, also called deconvolution: the gradient of a convolution.
  ///
  /// Inputs: x `[N, C, …]`, weight `[C, K / groups, window…]` and, optionally, bias `[K]`. Result: `[N, K, …]`, where a
  /// length is `(length − 1) · stride + span − padding + extra`.
  public struct TransposedConvolution: Operation {
    /// `transposed_convolution`.
    public static let name = "transposed_convolution"
    /// The window. Its stride is the distance of neighbouring inputs in the result, and its padding is cut off there.
    public var window: Window
    /// The number of groups that the channels are split into.
    public var groups: Int
    /// The number of elements that are added to the end of each axis of the result, less than stride or dilation.
    public var extra: [Int]

    /// Creates a transposed convolution from its attributes.
    ///
    /// - Parameters:
    ///   - window: The window.
    ///   - groups: The number of groups that the channels are split into.
    ///   - extra: The number of elements that are added to the end of each axis; nil for none.
    public init(window: Window, groups: Int = 1, extra: [Int]? = nil) {
      self.window = window
      self.groups = groups
      self.extra = extra ?? window.kernel.map { _ in 0 }
    }

    /// Returns `[N, K, …]`; the channels of x must be those of the weight.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(2...3, of: [.float32])
      try window.check(inputs[0])
      let channels = try inputs[0].requireFixed(1, "the number of channels")
      let perGroup = try inputs[1].requireFixed(1, "the number of output channels")
      guard groups >= 1, channels % groups == 0 else {
        throw ShapeError("\(channels) input channels do not split into \(groups) groups")
      }
      guard extra.count == window.rank,
        (0..<window.rank).allSatisfy({ extra[$0] >= 0 && extra[$0] < max(window.stride[$0], window.dilation[$0]) })
      else { throw ShapeError("the extra elements \(extra) must be 0 or more, and fewer than stride or dilation") }
      try inputs[1].require([.fixed(channels), .fixed(perGroup)] + window.kernel.map { .fixed($0) }, "the weight")
      let outputs = Dimension.fixed(perGroup) * .fixed(groups)
      if inputs.count == 3 { try inputs[2].require([outputs], "the bias") }
      return [ValueType([inputs[0].shape[0], outputs] + (try resultLengths(inputs[0])))]
    }

    private func resultLengths(_ x: ValueType) throws(ShapeError) -> [Dimension] {
      var lengths: [Dimension] = []
      for axis in 0..<window.rank {
        // One input less, times the stride, and a window.
        let rest =
          window.span(axis) - window.paddingBefore[axis] - window.paddingAfter[axis] + extra[axis]
          - window.stride[axis]
        let length = (x.shape[2 + axis] * .fixed(window.stride[axis])).floorDivided(adding: rest, by: 1)
        if let known = length.value, known < 0 { throw ShapeError("the padding of axis \(2 + axis) leaves nothing") }
        lengths.append(length)
      }
      return lengths
    }

    /// Clips are independent; the cost is a multiply-add for each weight and position of x.
    public var facts: OperationFacts {
      OperationFacts(
        reach: .clip, cost: .multiplyAdds { inputs, _ in OperationFacts.Cost.count(inputs[0] + inputs[1][1...]) },
        integers: .none)
    }

    /// Returns the sums of all windows, starting from the bias.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      // The lengths are those of the shape rule, which has passed.
      let lengths = (try? resultLengths(ValueType(inputs[0]))) ?? []
      return [
        Reference.transposedConvolution(
          inputs[0], weight: inputs[1], bias: inputs.count == 3 ? inputs[2] : nil, window: window, groups: groups,
          outputSpatial: lengths.compactMap(\.value))
      ]
    }
  }
}
