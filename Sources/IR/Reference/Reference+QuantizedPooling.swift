extension Reference.Quantized {
  /// The average of some values, as a byte: an exact sum and one factor.
  ///
  /// - Parameters:
  ///   - values: those inside the input.
  ///   - divisor: of the average.
  public static func average(
    _ values: [Int8], divisor: Int, _ input: QuantizationParameters, output: QuantizationParameters
  ) -> Int8 {
    let sum = values.reduce(0) { $0 + Int($1) - Int(input.zeroPoint) }
    return byte(Float(sum), times: input.scale / (output.scale * Float(divisor)), output)
  }
}
