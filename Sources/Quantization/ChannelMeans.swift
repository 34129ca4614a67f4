import IR
import Tensors

/// The mean of each channel of a value, before and after quantization.
struct ChannelMeans {
  private var exact: [Double] = []
  private var rounded: [Double] = []
  private var count = 0.0

  /// The means of the value.
  var real: [Double] { exact.map { $0 / count } }
  /// The means of its dequantized bytes.
  var quantized: [Double] { rounded.map { $0 / count } }

  /// Adds a tensor `[N, C, …]`.
  mutating func add(_ tensor: Tensor, _ quantization: QuantizationParameters) {
    let channels = tensor.rank > 1 ? tensor.shape[1] : 1
    let plane = max(tensor.shape.dropFirst(2).reduce(1, *), 1)
    if exact.isEmpty {
      exact = [Double](repeating: 0, count: channels)
      rounded = exact
    }
    let values = tensor.elements(as: Float.self)
    for start in stride(from: 0, to: values.count, by: plane) {
      let channel = start / plane % channels
      for value in values[start..<start + plane] {
        exact[channel] += Double(value)
        rounded[channel] += Double(
          Reference.Quantized.dequantize(Reference.Quantized.quantize(value, quantization), quantization))
      }
    }
    count += Double(values.count / max(channels, 1))
  }
}
