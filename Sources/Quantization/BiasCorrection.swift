import IR

/// Bias correction: what rounding does to the mean of each output channel is taken away from its bias.
///
/// The means are those of calibration. Source: Nagel et al. 2019, "Data-Free QuantizationParameters Through Weight Equalization and Bias
/// Correction", section 4.2, with measured means, and with the rounding of the inputs beside that of the weights.
struct BiasCorrection {
  /// For each tap of the window, over how many of the outputs it reads a value and no padding.
  private let tapShares: [Double]
  private let groups: Int

  /// The correction for a layer whose input has a known shape.
  init(_ layer: IntegerForm.Layer, inputShape: [Int]) {
    tapShares = Self.shares(layer.window, Array(inputShape.dropFirst(2)))
    groups = layer.groups
  }

  /// What to add to each bias.
  func terms(weight: [[Float]], quantized: [[Float]], _ means: ChannelMeans) -> [Double] {
    let (real, rounded) = (means.real, means.quantized)
    let outputs = max(weight.count / groups, 1)
    return weight.indices.map { output in
      var term = 0.0
      for (index, (before, after)) in zip(weight[output], quantized[output]).enumerated() {
        let (input, tap) = index.quotientAndRemainder(dividingBy: tapShares.count)
        let channel = output / outputs * (weight[output].count / tapShares.count) + input
        term += tapShares[tap] * (Double(before) * real[channel] - Double(after) * rounded[channel])
      }
      return term
    }
  }

  private static func shares(_ window: Window, _ lengths: [Int]) -> [Double] {
    let axes = lengths.indices.map { axis in
      let outputs = window.outputLength(lengths[axis], axis: axis)
      return (0..<window.kernel[axis]).map { tap in
        let inside = (0..<outputs).count { output in
          let first = output * window.stride[axis] - window.paddingBefore[axis]
          return (0..<lengths[axis]).contains(first + tap * window.dilation[axis])
        }
        return Double(inside) / Double(max(outputs, 1))
      }
    }
    return axes.reduce([1]) { shares, axis in shares.flatMap { share in axis.map { share * $0 } } }
  }
}
