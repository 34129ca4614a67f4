extension Reference.Quantized {
  /// Returns the average of values as a byte: an exact sum times a factor.
  ///
  /// - Parameters:
  ///   - values: The values inside of the input.
  ///   - divisor: The divisor of the average.
  ///   - input: The quantization of the values.
  ///   - output: The quantization of the result.
  public static func average(
    _ values: [Int8], divisor: Int, _ input: QuantizationParameters, output: QuantizationParameters
  ) -> Int8 {
    let sum = values.reduce(0) { $0 + Int($1) - Int(input.zeroPoint) }
    return byte(Float(sum), times: input.scale / (output.scale * Float(divisor)), output)
  }
}
