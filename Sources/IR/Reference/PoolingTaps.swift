/// The taps inside of the input for an output position along an axis, and their factor in the divisor of an average.
package struct PoolingTaps: Sendable {
  package var first: Int
  package var count: Int
  package var divisor: Int

  /// Creates the taps of a sliding window; the divisor follows PyTorch, as in ``Reference``.
  package init(_ window: Window, axis: Int, output: Int, length: Int, countsPadding: Bool) {
    let start = output * window.stride[axis] - window.paddingBefore[axis]
    let step = window.dilation[axis]
    let before = start < 0 ? (-start + step - 1) / step : 0
    let end = start < length ? min(window.kernel[axis], (length - start + step - 1) / step) : 0
    count = max(0, end - before)
    first = count > 0 ? start + before * step : 0
    let padded = min(window.kernel[axis], (length + window.paddingAfter[axis] - start + step - 1) / step)
    divisor = countsPadding ? padded : count
  }

  /// Creates the taps of an output of adaptive pooling.
  package init(adaptive output: Int, of outputs: Int, length: Int) {
    first = output * length / outputs
    count = ((output + 1) * length + outputs - 1) / outputs - first
    divisor = count
  }
}
