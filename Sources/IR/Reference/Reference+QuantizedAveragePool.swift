import Tensors

extension Reference.Quantized {
  /// Returns 2D or 3D average pooling of bytes over sliding windows; padding counts as the zero point, or not at all.
  ///
  /// - Parameters:
  ///   - x: `[N, C, (T,) H, W]`.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - outputSpatial: The output's spatial lengths, which can be longer than the window's own where lengths round up.
  ///   - countsPadding: Whether an average divides by the size of the padded window instead of the number of elements
  ///     in it.
  ///   - input: The quantization of x.
  ///   - output: The quantization of the result.
  public static func averagePool(
    _ x: Tensor, window: Window, outputSpatial: [Int], countsPadding: Bool, _ input: QuantizationParameters,
    output: QuantizationParameters
  ) -> Tensor {
    averagePool(
      x,
      taps: outputSpatial.enumerated().map { axis, length in
        (0..<length).map {
          PoolingTaps(window, axis: axis, output: $0, length: x.shape[2 + axis], countsPadding: countsPadding)
        }
      }, input, output)
  }

  /// Returns average pooling of bytes to a given output size.
  public static func averagePool(
    _ x: Tensor, adaptiveTo outputSize: [Int], _ input: QuantizationParameters, output: QuantizationParameters
  ) -> Tensor {
    averagePool(
      x,
      taps: outputSize.enumerated().map { axis, outputs in
        (0..<outputs).map { PoolingTaps(adaptive: $0, of: outputs, length: x.shape[2 + axis]) }
      }, input, output)
  }

  private static func averagePool(
    _ x: Tensor, taps: [[PoolingTaps]], _ input: QuantizationParameters, _ output: QuantizationParameters
  ) -> Tensor {
    let flat = [[PoolingTaps(adaptive: 0, of: 1, length: 1)]]
    let taps = taps.count == 2 ? flat + taps : taps
    let size = x.rank == 4 ? [1] + x.shape[2...] : Array(x.shape[2...])
    let values = x.elements(as: Int8.self)
    let planes = x.shape[0] * x.shape[1]
    var result: [Int8] = []
    for plane in 0..<planes {
      for t in taps[0] {
        for h in taps[1] {
          for w in taps[2] {
            var window: [Int8] = []
            for frame in t.first..<t.first + t.count {
              for row in h.first..<h.first + h.count {
                let first = ((plane * size[0] + frame) * size[1] + row) * size[2] + w.first
                window += values[first..<first + w.count]
              }
            }
            result.append(average(window, divisor: t.divisor * h.divisor * w.divisor, input, output: output))
          }
        }
      }
    }
    return Tensor(result, shape: Array(x.shape.prefix(2)) + taps.suffix(x.rank - 2).map(\.count))
  }
}
