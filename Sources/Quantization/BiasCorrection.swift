import IR

/// Bias correction: subtracts from each bias the change that rounding makes to the mean of its output channel.
///
/// The means are those of calibration. Source: Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization
/// and Bias Correction", section 4.2, with measured means, and with the rounding of the inputs as well as that of the
/// weights.
struct BiasCorrection {
  /// For each tap of the window, the share of the outputs for which it reads a value and not padding.
  private let tapShares: [Double]
  private let groups: Int

  /// Creates the correction for a layer whose input has a known shape.
  init(_ layer: IntegerForm.Layer, inputShape: [Int]) {
    tapShares = Self.shares(layer.window, Array(inputShape.dropFirst(2)))
    groups = layer.groups
  }

  /// Returns the terms to add to each bias.
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
