import Tensors

extension Reference {
  /// Returns a transposed convolution over one to three axes: each input adds the window times its value to the result.
  ///
  /// - Parameters:
  ///   - x: `[N, C, …]`.
  ///   - weight: `[C, K / groups, window…]`.
  ///   - bias: `[K]`, or nil for zeros.
  ///   - window: The window, whose stride is the distance of neighbouring inputs in the result, and whose padding is
  ///     cut off there.
  ///   - groups: The number of groups that the channels are split into.
  ///   - outputSpatial: The lengths of the result's axes after the channels.
  /// - Returns: `[N, K, …]`.
  public static func transposedConvolution(
    _ x: Tensor, weight: Tensor, bias: Tensor?, window: Window, groups: Int, outputSpatial: [Int]
  ) -> Tensor {
    let (batch, channels) = (x.shape[0], x.shape[1])
    let outputsPerGroup = weight.shape[1]
    let outputs = outputsPerGroup * groups
    let lift = { (lengths: [Int]) in [Int](repeating: 1, count: 3 - lengths.count) + lengths }
    let (input, output, window) = (lift(Array(x.shape[2...])), lift(outputSpatial), window.threeDimensional)
    let (inputPlane, outputPlane, taps) = (product(input), product(output), product(window.kernel))
    // The result's index along an axis for an input and a tap; nil outside of the result.
    let place = { (index: Int, tap: Int, axis: Int) -> Int? in
      let place = index * window.stride[axis] + tap * window.dilation[axis] - window.paddingBefore[axis]
      return (0..<output[axis]).contains(place) ? place : nil
    }
    let (values, weights): ([Float], [Float]) = (x.elements(), weight.elements())
    let start = bias?.elements(as: Float.self) ?? [Float](repeating: 0, count: outputs)
    var sums = (0..<batch * outputs).flatMap { row in
      [Double](repeating: Double(start[row % outputs]), count: outputPlane)
    }
    for n in 0..<batch {
      for c in 0..<channels {
        let group = c / (channels / groups)
        for k in 0..<outputsPerGroup {
          let source = (n * channels + c) * inputPlane
          let target = (n * outputs + group * outputsPerGroup + k) * outputPlane
          let kernel = (c * outputsPerGroup + k) * taps
          for tap in 0..<taps {
            let (tapT, tapH, tapW) = (
              tap / (window.kernel[1] * window.kernel[2]), tap / window.kernel[2] % window.kernel[1],
              tap % window.kernel[2]
            )
            for t in 0..<input[0] {
              guard let outputT = place(t, tapT, 0) else { continue }
              for h in 0..<input[1] {
                guard let outputH = place(h, tapH, 1) else { continue }
                for w in 0..<input[2] {
                  guard let outputW = place(w, tapW, 2) else { continue }
                  let value = values[source + (t * input[1] + h) * input[2] + w]
                  sums[target + (outputT * output[1] + outputH) * output[2] + outputW] +=
                    Double(value) * Double(weights[kernel + tap])
                }
              }
            }
          }
        }
      }
    }
    return Tensor(sums.map { Float($0) }, shape: [batch, outputs] + outputSpatial)
  }
}
