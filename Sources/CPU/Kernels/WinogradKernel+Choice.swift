import IR

extension WinogradKernel {
  /// Returns the width of the tiles with which a dense convolution is fastest, or nil if summing up directly is.
  ///
  /// It counts multiply-adds of vectors, transforms, and the reading of weights, of which there are up to four times as many.
  ///
  /// - Parameters:
  ///   - kernels: The instruction set and format to compute with. Halves are too short for tiles of 4×4: their error would
  ///     be 1.6 %, against 0.3 % for tiles of 2×2.
  ///   - inputs: The number of input channels.
  ///   - outputs: The number of output channels.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  static func fastestTile(
    kernels: KernelSet, inputs: Int, outputs: Int, window: Window, inputSize: [Int]
  ) -> Int? {
    let window = window.threeDimensional
    guard takes(window) else { return nil }
    let layer = LayerCost(kernels: kernels, inputs: inputs, outputs: outputs, window: window, inputSize: inputSize)
    let costs = (kernels.format == .float32 ? [2, 4] : [2]).map { (tile: $0, cost: layer.winograd(tile: $0)) }
    guard let best = costs.min(by: { $0.cost < $1.cost }), best.cost < layer.direct else { return nil }
    return best.tile
  }
}

/// What a layer costs, in multiply-adds of one vector.
private struct LayerCost {
  let kernels: KernelSet
  let inputs: Int
  let outputs: Int
  let window: Window
  let inputSize: [Int]

  private var inputVectors: Double { Double(kernels.padded(inputs) / kernels.width) }
  private var outputVectors: Double { Double(kernels.padded(outputs) / kernels.width) }

  private func outputLength(_ axis: Int) -> Int { window.outputLength(inputSize[axis], axis: axis) }

  /// The number of taps along an axis that lie inside of the input, of all outputs.
  private func taps(_ axis: Int) -> Double {
    let taps = (0..<outputLength(axis)).map { output in
      (0..<window.kernel[axis]).count { tap in
        let place = output * window.stride[axis] + tap * window.dilation[axis] - window.paddingBefore[axis]
        return place >= 0 && place < inputSize[axis]
      }
    }
    return Double(taps.reduce(0, +))
  }

  /// Reading as many weights of one tap and frame, at 6 bytes in the time of a multiply-add.
  private func reading(_ taps: Int) -> Double {
    Double(taps * window.kernel[0] * inputs * kernels.elementSize) * outputVectors * Double(kernels.width) / 6
  }

  var direct: Double {
    let columns = Double(outputLength(2) * window.kernel[2])
    return taps(0) * taps(1) * columns * Double(inputs) * outputVectors + reading(9)
  }

  func winograd(tile: Int) -> Double {
    let positions = (tile + 2) * (tile + 2)
    let tiles = [1, 2].map { (outputLength($0) + tile - 1) / tile }.reduce(1, *)
    // A few steps more for each sum: it begins at zero and is stored.
    let products = Double(positions * tiles) * (taps(0) * Double(inputs) + 4 * Double(outputLength(0))) * outputVectors
    let (input, output) = tile == 2 ? (60.0, 45.0) : (200.0, 150.0)
    let frames = (Double(inputSize[0]) * inputVectors * input, Double(outputLength(0)) * outputVectors * output)
    return products + Double(tiles) * (frames.0 + frames.1) + reading(positions)
  }
}
