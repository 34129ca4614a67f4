import CKernels
import IR

extension QuantizedDepthwiseKernel {
  /// Packs weights `[channels, window…]`.
  public func pack(_ weights: QuantizedWeights, into packed: UnsafeMutableRawPointer) {
    packed.initializeMemory(as: UInt8.self, repeating: 0, count: packedBytes)
    let (packing, groupBytes, headBytes, takesFloats) = (packing, groupBytes, headBytes, takesFloats)
    let width = packing.channels
    let taps = window.kernel.reduce(1, *)
    let (places, missing) = (places, missingTaps)
    // What the kernel's inputs are for 0.
    let zero = takesFloats ? 0 : Int32(input.storedZero) - (takesInterleaved ? isa.int8.lanes_offset : 0)
    // Narrow sums start from more than their biases.
    let isNarrow = takesInterleaved && !takesFloats && hasNarrowSums(weights, zero: zero)
    packed.storeBytes(of: isNarrow, as: Bool.self)
    let sumStart = isNarrow ? isa.int8.sum_start : 0
    for channel in 0..<channels {
      let group = packed + Self.markBytes + channel / width * groupBytes
      let numbers = group.assumingMemoryBound(to: Int32.self) + channel % width
      let values = weights.values + channel * taps
      let bias = bias(weights, channel: channel, zero: zero)
      let factor = Int32(bitPattern: factor(weights.scales[channel]).bitPattern)
      if takesFloats {
        let exact = Self.exactStart(bias, taps: taps)
        numbers[0] = Int32(bitPattern: exact?.bitPattern ?? 0)
        numbers[width] = exact == nil ? bias : 0
        numbers[2 * width] = factor
      } else {
        numbers[0] = bias &+ sumStart
        numbers[width] = factor
        for (tap, vector) in missing { numbers[(2 + vector) * width] &+= zero &* Int32(values[tap]) }
      }
      let start = group + headBytes * width
      let first = channel % width * packing.frames
      if takesFloats {
        let target = start.assumingMemoryBound(to: Float.self) + first
        for (tap, place) in places { target[place] = Float(values[tap]) }
      } else {
        let target = start.assumingMemoryBound(to: Int8.self) + first
        for (tap, place) in places { target[place] = values[tap] }
      }
    }
  }

  /// Returns a channel's bias, less the sum of its taps times what the kernel's inputs are for 0.
  private func bias(_ weights: QuantizedWeights, channel: Int, zero: Int32) -> Int32 {
    let taps = window.kernel.reduce(1, *)
    let values = weights.values + channel * taps
    var sum: Int32 = 0
    for tap in 0..<taps { sum &+= Int32(values[tap]) }
    return (weights.bias?[channel] ?? 0) &- zero &* sum
  }

  /// Returns whether no input makes a sum leave the range of `va_qu8_depthwise_rows.is_narrow`.
  private func hasNarrowSums(_ weights: QuantizedWeights, zero: Int32) -> Bool {
    let largest = window.kernel.reduce(1, *) * 127 * 255
    return (0..<channels).allSatisfy {
      Int(bias(weights, channel: $0, zero: zero).magnitude) + largest < 1 << 22
    }
  }

  /// The places of the first channel's taps among those of its group.
  private var places: [(tap: Int, place: Int)] {
    let packing = packing
    let (length, height, width) = (window.kernel[0], window.kernel[1], window.kernel[2])
    let (vector, steps) = (packing.channels * packing.frames, height * width)
    if coversAllFrames {
      // Those of the frames side by side are the first of their step's vectors.
      return (0..<length * steps).map { tap in
        let (t, h, w) = (tap / steps, tap / width % height, tap % width)
        let step = (h * rowsOfFrames + t / packing.frames) * width + w
        return (tap, step * packing.vectors * vector + t % packing.frames)
      }
    }
    guard takesInterleaved else { return (0..<length * steps).map { ($0, $0 * vector) } }
    return (0..<steps).flatMap { step in
      (0..<packing.vectors * packing.frames).compactMap { index -> (tap: Int, place: Int)? in
        let (number, frame) = index.quotientAndRemainder(dividingBy: packing.frames)
        let t = takesFloats ? number : interleavedTap(vector: number, frame: frame)
        guard (0..<length).contains(t) else { return nil }
        // Floats with a stride along T have the frames of a row one after the other.
        let place =
          takesFloats && window.stride[0] > 1
          ? (step / width * packing.vectors + number) * width + step % width : step * packing.vectors + number
        return (t * steps + step, place * vector + frame)
      }
    }
  }

  /// The taps in each vector for missing frames, of those of the groups before and after.
  private var missingTaps: [(tap: Int, vector: Int)] {
    let steps = window.kernel[1] * window.kernel[2]
    return (0..<missingVectors * 4).flatMap { index -> [(tap: Int, vector: Int)] in
      let t = interleavedTap(vector: 4 + index / 4, frame: index % 4)
      return (0..<window.kernel[0]).contains(t) ? (0..<steps).map { (t * steps + $0, index / 4) } : []
    }
  }

  /// Returns a bias as a float, or nil if sums of products that start from it are not exact in float32.
  private static func exactStart(_ bias: Int32, taps: Int) -> Float? {
    Int(bias.magnitude) + taps * 255 * 127 < 1 << 24 ? Float(bias) : nil
  }

  /// Returns the tap that a vector of taps multiplies a frame with, or a number outside of the window if there is none.
  ///
  /// Vectors 0...3 are for the four output frames and the group of input frames that they lie in; then come those for the
  /// first output frames and the group before, then those for the last ones and the group after.
  private func interleavedTap(vector: Int, frame: Int) -> Int {
    let reach = window.kernel[0] / 2
    if vector < 4 { return frame - vector + reach }
    if vector < 4 + reach { return frame - 4 - (vector - 4) + reach }
    return frame + 4 - (vector - 2 * reach) + reach
  }
}
