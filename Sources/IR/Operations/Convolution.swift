import Tensors

extension Operations {
  /// A 1D, 2D or 3D convolution with any window, padding, dilation and number of groups.
  ///
  /// Inputs: x `[N, C, …]`, weight `[K, C / groups, window…]` and, optionally, bias `[K]`. Result: `[N, K, …]`.
  public struct Convolution: Operation {
    /// `convolution`.
    public static let name = "convolution"
    /// The window, its stride, padding and dilation.
    public var window: Window
    /// The number of groups that the channels are split into; the number of channels for a depthwise convolution.
    public var groups: Int

    /// Creates a convolution from its attributes.
    public init(window: Window, groups: Int = 1) {
      self.window = window
      self.groups = groups
    }

    /// Returns `[N, K, …]` with the lengths that the window leaves; the channels of x must be those of the weight times
    /// the groups.
    public func resultTypes(_ inputs: [ValueType]) throws(ShapeError) -> [ValueType] {
      try inputs.require(2...3, of: [.float32])
      let spatial = try window.resultLengths(inputs[0])
      let channels = try inputs[0].requireFixed(1, "the number of channels")
      let outputs = try inputs[1].requireFixed(0, "the number of output channels")
      guard groups >= 1, channels % groups == 0, outputs % groups == 0 else {
        throw ShapeError("\(channels) input and \(outputs) output channels do not split into \(groups) groups")
      }
      try inputs[1].require(
        [.fixed(outputs), .fixed(channels / groups)] + window.kernel.map { .fixed($0) }, "the weight")
      if inputs.count == 3 { try inputs[2].require([.fixed(outputs)], "the bias") }
      return [ValueType([inputs[0].shape[0], .fixed(outputs)] + spatial)]
    }

    /// Clips are independent; the cost is a multiply-add for each weight and position of the result.
    public var facts: OperationFacts {
      OperationFacts(
        reach: .clip,
        cost: .multiplyAdds { inputs, results in OperationFacts.Cost.count(results[0] + inputs[1][1...]) },
        integers: .none)
    }

    /// Returns sums over the window and the group's channels, starting from the bias, with zeros outside of x.
    public func evaluate(_ inputs: [Tensor]) -> [Tensor] {
      [
        Reference.convolution(
          inputs[0], weight: inputs[1], bias: inputs.count == 3 ? inputs[2] : nil, window: window, groups: groups)
      ]
    }
  }
}

extension Window {
  /// Returns the lengths of the result's axes after the channels.
  func resultLengths(_ x: ValueType, roundsUp: Bool = false) throws(ShapeError) -> [Dimension] {
    try check(x)
    var lengths: [Dimension] = []
    for axis in 0..<rank {
      let length = x.shape[2 + axis]
      let growth = paddingBefore[axis] + paddingAfter[axis] - span(axis)
      if let known = length.value, known + growth < 0 {
        throw ShapeError(
          "the window spans \(span(axis)) elements of axis \(2 + axis), which has \(known) and padding of \(paddingBefore[axis] + paddingAfter[axis])"
        )
      }
      var output = length.floorDivided(
        adding: growth + stride[axis] + (roundsUp ? stride[axis] - 1 : 0), by: stride[axis])
      // Rounding up must not add a window that starts in the padding at the end.
      if roundsUp, let known = length.value, let count = output.value,
        (count - 1) * stride[axis] >= known + paddingBefore[axis]
      {
        output = .fixed(count - 1)
      }
      lengths.append(output)
    }
    return lengths
  }

  /// Checks that the window is one of 1 to 3 axes that fits the rank of a value `[N, C, …]`, with sensible numbers.
  func check(_ x: ValueType) throws(ShapeError) {
    guard (1...3).contains(rank), x.rank == rank + 2 else {
      throw ShapeError("a window of \(rank) axes needs a value of \(rank + 2) axes")
    }
    let sizes = [stride.count, paddingBefore.count, paddingAfter.count, dilation.count]
    guard sizes.allSatisfy({ $0 == rank }), (kernel + stride + dilation).allSatisfy({ (1...Self.limit).contains($0) }),
      (paddingBefore + paddingAfter).allSatisfy({ (0...Self.limit).contains($0) })
    else {
      throw ShapeError("kernel, stride and dilation must be 1 or more and padding 0 or more on each of \(rank) axes")
    }
  }

  /// Larger than in any network, and small enough that no product of sizes overflows.
  private static var limit: Int { 1 << 20 }
}
