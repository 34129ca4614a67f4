import Tensors

/// The exact sums of convolutions of bytes.
///
/// The float32 convolution of `Reference` computes them, in blocks so small that every partial sum is exact in float32:
/// 512 products of up to 255 · 127 are below 2²⁴.
enum IntegerSums {
  private static let block = 512

  /// Returns `Σ (x − zeroPoint) · weight + bias`; padding is the zero point.
  ///
  /// - Parameters:
  ///   - x: Bytes `[N, C, …]`.
  ///   - weight: Bytes `[K, C / groups, window…]`.
  ///   - bias: int32 `[K]`; nil for zeros.
  /// - Returns: int32 `[N, K, …]`.
  static func convolution(
    _ x: Tensor, zeroPoint: Int8, weight: Tensor, bias: Tensor?, window: Window, groups: Int
  ) -> Tensor {
    let centred = Tensor(
      x.elements(as: Int8.self).map { Float(Int($0) - Int(zeroPoint)) }, shape: x.shape)
    let weight = weight.converted(to: .float32)
    let taps = window.kernel.reduce(1, *)
    let channels = weight.shape[1]
    guard channels * taps > block else {
      let sums = Reference.convolution(centred, weight: weight, bias: nil, window: window, groups: groups)
      return add([sums], bias: bias)
    }
    // The channels of each group are summed in blocks; a window of more than 512 taps is a block by itself.
    let step = max(1, block / taps)
    let outputs = weight.shape[0] / groups
    let sums = (0..<groups).map { group in
      let rows = Reference.slice(weight, axis: 0, start: group * outputs, end: (group + 1) * outputs, step: 1)
      return add(
        stride(from: 0, to: channels, by: step).map { first in
          let end = min(first + step, channels)
          let start = group * channels
          return Reference.convolution(
            Reference.slice(centred, axis: 1, start: start + first, end: start + end, step: 1),
            weight: Reference.slice(rows, axis: 1, start: first, end: end, step: 1), bias: nil, window: window,
            groups: 1)
        }, bias: bias.map { Reference.slice($0, axis: 0, start: group * outputs, end: (group + 1) * outputs, step: 1) })
    }
    return sums.count == 1 ? sums[0] : Reference.concatenate(sums, axis: 1)
  }

  /// Returns the sum of float32 tensors of integers and a bias per channel, in int32 with wraparound.
  private static func add(_ parts: [Tensor], bias: Tensor?) -> Tensor {
    let shape = parts[0].shape
    let plane = shape[2...].reduce(1, *)
    var sums = [Int32](repeating: 0, count: parts[0].count)
    for part in parts {
      let values = part.elements(as: Float.self)
      for index in values.indices { sums[index] &+= Int32(values[index]) }
    }
    if let bias = bias?.elements(as: Int32.self) {
      for index in sums.indices { sums[index] &+= bias[index / plane % bias.count] }
    }
    return Tensor(sums, shape: shape)
  }
}
