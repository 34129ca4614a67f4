import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Android)
  import Android
#elseif canImport(Darwin)
  import Darwin
#endif

extension Reference {
  /// Returns batch normalization with given statistics: `(x − mean) / √(variance + ε) · scale + shift` per channel.
  ///
  /// Source: Ioffe and Szegedy 2015, in inference.
  ///
  /// - Parameters:
  ///   - x: `[N, C, …]`.
  ///   - scale: `[C]`.
  ///   - shift: `[C]`.
  ///   - mean: `[C]`.
  ///   - variance: `[C]`.
  ///   - epsilon: The number that is added to the variance.
  public static func batchNorm(
    _ x: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor, epsilon: Float
  ) -> Tensor {
    let channels = x.shape[1]
    let plane = product(x.shape[2...])
    let (scale, shift): ([Float], [Float]) = (scale.elements(), shift.elements())
    let (mean, variance): ([Float], [Float]) = (mean.elements(), variance.elements())
    return Tensor(shape: x.shape, as: Float.self) { y in
      x.withUnsafeElements(as: Float.self) { x in
        for row in 0..<x.shape0(plane) {
          let c = row % channels
          let factor = scale[c] / (variance[c] + epsilon).squareRoot()
          for i in row * plane..<(row + 1) * plane { y[i] = (x[i] - mean[c]) * factor + shift[c] }
        }
      }
    }
  }

  /// Returns layer normalization over the last `normalizedRank` axes.
  ///
  /// Source: Ba et al. 2016.
  ///
  /// - Parameters:
  ///   - x: `[…, D…]`.
  ///   - scale: `[D…]`.
  ///   - shift: `[D…]`.
  ///   - normalizedRank: The number of axes `D…`.
  ///   - epsilon: The number that is added to the variance.
  public static func layerNorm(
    _ x: Tensor, scale: Tensor, shift: Tensor, normalizedRank: Int, epsilon: Float
  ) -> Tensor {
    let length = product(x.shape.suffix(normalizedRank))
    let (scale, shift): ([Float], [Float]) = (scale.elements(), shift.elements())
    return Tensor(shape: x.shape, as: Float.self) { y in
      x.withUnsafeElements(as: Float.self) { x in
        for row in 0..<x.shape0(length) {
          let values = UnsafeBufferPointer(rebasing: x[row * length..<(row + 1) * length])
          let mean = values.reduce(Double(0)) { $0 + Double($1) } / Double(length)
          let variance = values.reduce(Double(0)) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(length)
          let factor = Float(1 / (variance + Double(epsilon)).squareRoot())
          for i in 0..<length { y[row * length + i] = (values[i] - Float(mean)) * factor * scale[i] + shift[i] }
        }
      }
    }
  }

  /// Returns root mean square normalization over the last axes, those of the scale.
  ///
  /// Source: Zhang and Sennrich 2019.
  ///
  /// - Parameters:
  ///   - x: `[…, D…]`.
  ///   - scale: `[D…]`.
  ///   - epsilon: The number that is added to the mean of the squares.
  public static func rmsNorm(_ x: Tensor, scale: Tensor, epsilon: Float) -> Tensor {
    let length = scale.count
    let scale: [Float] = scale.elements()
    return Tensor(shape: x.shape, as: Float.self) { y in
      x.withUnsafeElements(as: Float.self) { x in
        for row in 0..<x.shape0(length) {
          let values = UnsafeBufferPointer(rebasing: x[row * length..<(row + 1) * length])
          let squares = values.reduce(Double(0)) { $0 + Double($1) * Double($1) } / Double(length)
          let factor = Float(1 / (squares + Double(epsilon)).squareRoot())
          for i in 0..<length { y[row * length + i] = values[i] * factor * scale[i] }
        }
      }
    }
  }

  /// Returns normalization over the channels of a group and all positions.
  ///
  /// Source: Wu and He 2018; with a group for each channel, Ulyanov et al. 2016.
  ///
  /// - Parameters:
  ///   - x: `[N, C, …]`.
  ///   - scale: `[C]`.
  ///   - shift: `[C]`.
  ///   - groups: The number of groups that the channels are split into.
  ///   - epsilon: The number that is added to the variance.
  public static func groupNorm(
    _ x: Tensor, scale: Tensor, shift: Tensor, groups: Int, epsilon: Float
  ) -> Tensor {
    let (batch, channels, plane) = (x.shape[0], x.shape[1], product(x.shape[2...]))
    let length = channels / groups * plane
    let (ones, zeros) = (Tensor([Float](repeating: 1, count: length), shape: [length]), Tensor(zeros: [length]))
    let rows = layerNorm(
      x.reshaped(to: [batch * groups, length]), scale: ones, shift: zeros, normalizedRank: 1, epsilon: epsilon)
    let column = [channels] + x.shape[2...].map { _ in 1 }
    let scaled = binary(rows.reshaped(to: x.shape), scale.reshaped(to: column), .multiply)
    return binary(scaled, shift.reshaped(to: column), .add)
  }

  /// Returns the softmax along an axis: the exponentials, divided by their sum.
  public static func softmax(_ x: Tensor, axis: Int) -> Tensor {
    let length = x.shape[axis]
    let inner = product(x.shape[(axis + 1)...])
    return Tensor(shape: x.shape, as: Float.self) { y in
      x.withUnsafeElements(as: Float.self) { x in
        for line in 0..<x.shape0(length) {
          let first = line / max(inner, 1) * length * inner + line % max(inner, 1)
          let indices = (0..<length).map { first + $0 * inner }
          // Subtracting the maximum keeps the exponentials in range, and does not change their ratios.
          let maximum = indices.reduce(-Float.infinity) { max($0, x[$1]) }
          var sum: Float = 0
          for i in indices {
            y[i] = expf(x[i] - maximum)
            sum += y[i]
          }
          for i in indices { y[i] /= sum }
        }
      }
    }
  }
}

extension UnsafeBufferPointer {
  /// Returns the number of rows of `length` elements; 0 if rows are empty.
  fileprivate func shape0(_ length: Int) -> Int { length == 0 ? 0 : count / length }
}
