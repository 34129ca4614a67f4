import IR
import Tensors

/// A layer's weights and biases as integers.
package struct LayerWeights {
  /// Biases stay this far below 2³¹, so that sums have room.
  private static let largestBias = 0x1p30

  /// Bytes in −127...127 or −63...63, of the weights' shape.
  package let weight: Tensor
  /// One scale for each output channel.
  package let scales: Tensor
  /// The biases in units of the input's scale times the channel's; nil without biases.
  package let bias: Tensor?

  /// Quantizes weights: the largest absolute value in each output channel becomes the largest integer of the range.
  ///
  /// - Parameters:
  ///   - weight: float32 `[K, …]`.
  ///   - bias: `[K]`; nil if there are none, or they are not quantized.
  ///   - inputScale: The scale of the bytes that the weights are multiplied with.
  ///   - range: The range of the integers.
  package init(_ weight: Tensor, bias: [Double]?, inputScale: Float, range: WeightRange = .full) {
    let rows = weight.rows
    let scales = rows.enumerated().map { channel, row in
      Self.scale(
        peak: row.reduce(0) { max($0, abs($1)) }, bias: bias?[channel] ?? 0, inputScale: inputScale, range: range)
    }
    let largest = Float(range.largest)
    let bytes = zip(rows, scales).flatMap { row, scale in
      row.map { Int8(min(max(($0 / scale).rounded(.toNearestOrEven), -largest), largest)) }
    }
    self.weight = Tensor(bytes, shape: weight.shape)
    self.scales = Tensor(scales, shape: [scales.count])
    self.bias = bias.map { bias in
      let units = zip(bias, scales).map { Self.steps(bias: $0, of: inputScale * $1) }
      return Tensor(units.map { Int32($0) }, shape: [bias.count])
    }
  }

  /// The weights as real numbers, for comparison.
  package var real: [[Float]] {
    zip(weight.elements(as: Int8.self).chunked(weight.shape), scales.elements(as: Float.self)).map { row, scale in
      row.map { Float($0) * scale }
    }
  }

  /// Returns a bias in units of the input's scale times the channel's, rounded to an integer.
  package static func steps(bias: Double, of unit: Float) -> Double {
    min(max((bias / Double(unit)).rounded(.toNearestOrEven), -largestBias), largestBias)
  }

  /// Returns the scale of an output channel.
  ///
  /// - Parameters:
  ///   - peak: The largest absolute value of its weights.
  ///   - bias: Its bias.
  ///   - inputScale: The scale of the bytes that the weights are multiplied with.
  ///   - range: The range of the integers.
  package static func scale(peak: Float, bias: Double, inputScale: Float, range: WeightRange = .full) -> Float {
    // A bias must fit 32 bits; one whose weights are all 0 is kept to a millionth of itself.
    let room = peak > 0 ? largestBias : 0x1p20
    let least = Float(abs(bias) / (Double(inputScale) * room))
    let scale = max(peak / Float(range.largest), least)
    return scale == 0 ? 1 : min(max(scale, 0x1p-60), 0x1p60)
  }
}

extension Tensor {
  /// The rows of float32 `[K, …]`.
  var rows: [[Float]] { elements(as: Float.self).chunked(shape) }
}

extension Array {
  /// Returns the elements of a tensor `[K, …]` as K rows.
  fileprivate func chunked(_ shape: [Int]) -> [[Element]] {
    let columns = shape.dropFirst().reduce(1, *)
    return (0..<(shape.first ?? 0)).map { Array(self[$0 * columns..<($0 + 1) * columns]) }
  }
}
