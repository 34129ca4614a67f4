import Tensors

/// How pooling reduces the elements of a window.
public enum PoolingFunction: String, Sendable, Codable, CaseIterable {
  /// The mean of the elements.
  case average
  /// The largest element.
  case maximum
}

extension Reference {
  /// Returns 1D, 2D or 3D pooling over sliding windows.
  ///
  /// - Parameters:
  ///   - x: `[N, C, …]`.
  ///   - function: Average or maximum.
  ///   - window: The window over the axes after the channels.
  ///   - outputSpatial: The output's spatial lengths, which can be longer than the window's own where lengths round up.
  ///   - countsPadding: Whether an average divides by the size of the padded window instead of the number of elements
  ///     in it.
  public static func pool(
    _ x: Tensor, _ function: PoolingFunction, window: Window, outputSpatial: [Int], countsPadding: Bool
  ) -> Tensor {
    pooled(x, function, outputSpatial: outputSpatial) { axis, output in
      let length = x.shape[2 + axis]
      let first = output * window.stride[axis] - window.paddingBefore[axis]
      let taps = (0..<window.kernel[axis]).map { first + $0 * window.dilation[axis] }
      // A window that exceeds the padded end (rounding up) counts only up to that end, as in PyTorch.
      let divisor =
        countsPadding
        ? taps.count { $0 < length + window.paddingAfter[axis] }
        : taps.count { (0..<length).contains($0) }
      return (taps.filter { (0..<length).contains($0) }, divisor)
    }
  }

  /// Returns pooling to a given output size.
  ///
  /// Output `i` of `L` covers the input elements from `⌊i·length/L⌋` up to `⌈(i+1)·length/L⌉`.
  ///
  /// - Parameters:
  ///   - x: `[N, C, …]`.
  ///   - function: Average or maximum.
  ///   - outputSize: The length of each axis of the output after the channels.
  public static func adaptivePool(_ x: Tensor, _ function: PoolingFunction, outputSize: [Int]) -> Tensor {
    pooled(x, function, outputSpatial: outputSize) { axis, output in
      let length = x.shape[2 + axis]
      let first = output * length / outputSize[axis]
      let end = ((output + 1) * length + outputSize[axis] - 1) / outputSize[axis]
      return (Array(first..<end), end - first)
    }
  }

  /// Returns pooling with the taps that `taps` returns for an axis and an output position.
  private static func pooled(
    _ x: Tensor, _ function: PoolingFunction, outputSpatial: [Int],
    taps: (_ axis: Int, _ output: Int) -> (indices: [Int], divisor: Int)
  ) -> Tensor {
    var plans = outputSpatial.enumerated().map { axis, length in (0..<length).map { taps(axis, $0) } }
    var input = Array(x.shape[2...])
    while plans.count < 3 {
      plans.insert([(indices: [0], divisor: 1)], at: 0)
      input.insert(1, at: 0)
    }
    let planes = product(x.shape.prefix(2))
    return Tensor(shape: Array(x.shape.prefix(2)) + outputSpatial, as: Float.self) { y in
      x.withUnsafeElements(as: Float.self) { x in
        var output = 0
        for plane in 0..<planes {
          let base = plane * product(input)
          for t in plans[0] {
            for h in plans[1] {
              for w in plans[2] {
                var sum = 0.0
                var maximum = -Float.infinity
                for it in t.indices {
                  for ih in h.indices {
                    for iw in w.indices {
                      let value = x[base + (it * input[1] + ih) * input[2] + iw]
                      sum += Double(value)
                      if value > maximum || value.isNaN { maximum = value }
                    }
                  }
                }
                switch function {
                case .average: y[output] = Float(sum / Double(t.divisor * h.divisor * w.divisor))
                case .maximum: y[output] = maximum
                }
                output += 1
              }
            }
          }
        }
      }
    }
  }

  /// Returns the mean over some axes, which are kept with length 1.
  public static func mean(_ x: Tensor, axes: [Int]) -> Tensor {
    var shape = x.shape
    for axis in axes { shape[axis] = 1 }
    let divisor = Double(product(axes.map { x.shape[$0] }))
    // Broadcasting the result against the input gives the result's index for each input element.
    let broadcast = Broadcast(x.shape, shape)
    return Tensor(shape: shape, as: Float.self) { y in
      x.withUnsafeElements(as: Float.self) { x in
        // In double precision, as a float32 sum over thousands of positions loses accuracy.
        var sums = [Double](repeating: 0, count: y.count)
        broadcast.forEach { sums[$2] += Double(x[$1]) }
        for i in y.indices { y[i] = Float(sums[i] / divisor) }
      }
    }
  }
}
