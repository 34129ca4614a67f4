import Tensors

extension Reference {
  /// Returns a 1D, 2D or 3D convolution with any window and number of groups.
  ///
  /// - Parameters:
  ///   - x: `[N, C, …]`.
  ///   - weight: `[K, C / groups, window…]`.
  ///   - bias: `[K]`, or nil for zeros.
  ///   - window: The window over the axes after the channels.
  ///   - groups: The number of groups that the channels are split into.
  /// - Returns: `[N, K, …]`.
  public static func convolution(_ x: Tensor, weight: Tensor, bias: Tensor?, window: Window, groups: Int) -> Tensor {
    let outputSpatial = (0..<window.rank).map { window.outputLength(x.shape[2 + $0], axis: $0) }
    let outputShape = [x.shape[0], weight.shape[0]] + outputSpatial
    let planes = window.threeDimensional
    let lift = { (spatial: [Int]) in [Int](repeating: 1, count: 3 - spatial.count) + spatial }
    let geometry = ConvolutionGeometry(
      batch: x.shape[0], inputChannels: x.shape[1], outputChannels: weight.shape[0], groups: groups, window: planes,
      input: lift(Array(x.shape[2...])), output: lift(outputSpatial))
    return Tensor(shape: outputShape, as: Float.self) { y in
      guard let output = y.baseAddress else { return }
      x.withUnsafeElements(as: Float.self) { x in
        weight.withUnsafeElements(as: Float.self) { weight in
          withElements(of: bias) { bias in
            guard let input = x.baseAddress, let taps = weight.baseAddress else {
              // Without input elements the sums are empty, and the result is the bias.
              geometry.fill(output, with: bias?.baseAddress)
              return
            }
            geometry.run(input: input, weight: taps, bias: bias?.baseAddress, output: output)
          }
        }
      }
    }
  }
}

/// A convolution over `[T, H, W]`, with its sizes as plain numbers.
private struct ConvolutionGeometry {
  let batch: Int
  let inputChannels: Int
  let outputChannels: Int
  let groups: Int
  let window: Window
  let input: [Int]
  let output: [Int]

  func fill(_ y: UnsafeMutablePointer<Float>, with bias: UnsafePointer<Float>?) {
    let plane = output[0] * output[1] * output[2]
    for n in 0..<batch {
      for k in 0..<outputChannels {
        (y + (n * outputChannels + k) * plane).update(repeating: bias?[k] ?? 0, count: plane)
      }
    }
  }

  func run(
    input x: UnsafePointer<Float>, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    output y: UnsafeMutablePointer<Float>
  ) {
    fill(y, with: bias)
    let inputPlane = input[0] * input[1] * input[2]
    let outputPlane = output[0] * output[1] * output[2]
    let channelsPerGroup = inputChannels / groups
    let outputsPerGroup = outputChannels / groups
    let taps = window.kernel[0] * window.kernel[1] * window.kernel[2]
    for n in 0..<batch {
      for k in 0..<outputChannels {
        let result = y + (n * outputChannels + k) * outputPlane
        for c in 0..<channelsPerGroup {
          let source = x + (n * inputChannels + k / outputsPerGroup * channelsPerGroup + c) * inputPlane
          accumulate(source, weight + (k * channelsPerGroup + c) * taps, into: result)
        }
      }
    }
  }

  /// Adds the products of an input channel to an output channel, tap by tap: the innermost loop is a row of outputs.
  private func accumulate(
    _ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>
  ) {
    let (height, width) = (input[1], input[2])
    let (outputHeight, outputWidth) = (output[1], output[2])
    let columnStep = window.stride[2]
    var tap = 0
    for tapT in 0..<window.kernel[0] {
      let ts = window.validOutputs(tap: tapT, axis: 0, inputLength: input[0], outputLength: output[0])
      for tapH in 0..<window.kernel[1] {
        let hs = window.validOutputs(tap: tapH, axis: 1, inputLength: height, outputLength: outputHeight)
        for tapW in 0..<window.kernel[2] {
          let ws = window.validOutputs(tap: tapW, axis: 2, inputLength: width, outputLength: outputWidth)
          let factor = weight[tap]
          tap += 1
          if ws.isEmpty { continue }
          // Contiguous rows, as in a pointwise convolution, are computed as one long row.
          let rowsAreOne =
            columnStep == 1 && window.stride[1] == 1 && ws.count == outputWidth && outputWidth == width
          for t in ts {
            let inputT = t * window.stride[0] + tapT * window.dilation[0] - window.paddingBefore[0]
            var h = hs.lowerBound
            while h < hs.upperBound {
              let inputH = h * window.stride[1] + tapH * window.dilation[1] - window.paddingBefore[1]
              let first = ws.lowerBound * columnStep + tapW * window.dilation[2] - window.paddingBefore[2]
              let rows = rowsAreOne ? hs.count : 1
              Reference.addScaledRow(
                x + ((inputT * height + inputH) * width + first), step: columnStep, factor: factor,
                to: y + ((t * outputHeight + h) * outputWidth + ws.lowerBound), count: rows * ws.count)
              h += rows
            }
          }
        }
      }
    }
  }
}

extension Reference {
  /// `y[i] += factor * x[i * step]`, the innermost loop of the reference convolutions.
  @inline(__always)
  static func addScaledRow(
    _ x: UnsafePointer<Float>, step: Int, factor: Float, to y: UnsafeMutablePointer<Float>, count: Int
  ) {
    if step == 1 {
      for i in 0..<count { y[i] += factor * x[i] }
    } else {
      for i in 0..<count { y[i] += factor * x[i &* step] }
    }
  }
}
