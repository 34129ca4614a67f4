/// A layer's weights: signed bytes in −127...127, symmetric, with a scale for each output channel.
public struct QuantizedWeights {
  /// The weights, output channels first.
  public var values: UnsafePointer<Int8>
  /// The scale of each output channel.
  public var scales: UnsafePointer<Float>
  /// The bias of each output channel, in units of the input's scale times the channel's; nil for zeros.
  public var bias: UnsafePointer<Int32>?

  /// Creates the weights of an int8 layer from pointers, which must stay valid as long as it is used.
  public init(values: UnsafePointer<Int8>, scales: UnsafePointer<Float>, bias: UnsafePointer<Int32>?) {
    self.values = values
    self.scales = scales
    self.bias = bias
  }

  /// Returns the weights of the output channels from `output` on.
  func from(output: Int, count: Int) -> QuantizedWeights {
    QuantizedWeights(
      values: values + output * count, scales: scales + output, bias: bias.map { $0 + output })
  }
}
