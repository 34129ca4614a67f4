extension Reference.Quantized {
  /// Returns the exact sums of a convolution with any window and number of groups, in int32 with wraparound; padding is
  /// the zero point.
  ///
  /// - Parameters:
  ///   - x: `[C, T, H, W]`.
  ///   - zeroPoint: The byte that stands for 0 in x.
  ///   - weight: `[K, C / groups, kT, kH, kW]`.
  ///   - bias: `[K]`.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`.
  ///   - groups: The number of groups that the channels are split into.
  /// - Returns: `[K, T, H, W]`.
  public static func convolution(
    _ x: [Int8], zeroPoint: Int8, weight: [Int8], bias: [Int32], window: Window, inputSize: [Int], groups: Int
  ) -> [Int32] {
    let window = window.threeDimensional
    let outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
    let positions = inputSize.reduce(1, *)
    let taps = window.kernel.reduce(1, *)
    let channels = weight.count / max(bias.count * taps, 1)
    let outputsPerGroup = max(bias.count / groups, 1)
    // The offsets of an axis's taps for an output; nil in the padding.
    let indices = { (axis: Int, output: Int) in
      (0..<window.kernel[axis]).map { tap -> Int? in
        let index = output * window.stride[axis] + tap * window.dilation[axis] - window.paddingBefore[axis]
        return (0..<inputSize[axis]).contains(index) ? index : nil
      }
    }
    var sums: [Int32] = []
    for k in 0..<bias.count {
      let firstChannel = k / outputsPerGroup * channels
      for t in 0..<outputSize[0] {
        for h in 0..<outputSize[1] {
          for w in 0..<outputSize[2] {
            var sum = bias[k]
            for (tapT, t) in indices(0, t).enumerated() {
              for (tapH, h) in indices(1, h).enumerated() {
                for (tapW, w) in indices(2, w).enumerated() {
                  guard let t, let h, let w else { continue }
                  let tap = (tapT * window.kernel[1] + tapH) * window.kernel[2] + tapW
                  let position = (t * inputSize[1] + h) * inputSize[2] + w
                  for c in 0..<channels {
                    let value = Int32(x[(firstChannel + c) * positions + position]) - Int32(zeroPoint)
                    sum &+= value * Int32(weight[(k * channels + c) * taps + tap])
                  }
                }
              }
            }
            sums.append(sum)
          }
        }
      }
    }
    return sums
  }
}
