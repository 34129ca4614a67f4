/// A layer's weights: signed bytes in -127...127, symmetric, with a scale for each output channel.
public struct QuantizedWeights {
  /// The weights, output channels first.
  public var values: UnsafePointer<Int8>
  /// For each output channel.
  public var scales: UnsafePointer<Float>
  /// For each output channel, in units of the input's scale times the channel's; nil for zeros.
  public var bias: UnsafePointer<Int32>?

  /// The weights of an int8 layer, by pointers.
  public init(values: UnsafePointer<Int8>, scales: UnsafePointer<Float>, bias: UnsafePointer<Int32>?) {
    self.values = values
    self.scales = scales
    self.bias = bias
  }

  /// The weights of some output channels, from one on.
  func from(output: Int, count: Int) -> QuantizedWeights {
    QuantizedWeights(
      values: values + output * count, scales: scales + output, bias: bias.map { $0 + output })
  }
}
