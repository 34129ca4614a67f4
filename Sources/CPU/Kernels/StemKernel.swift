import CKernels
import IR

/// The first convolution of a network, prepared for one layer and input size: reads the API's clip, plane by plane.
///
/// The window has no dilation along H and W. The rows under the windows of an output row are copied once, with margins of
/// zeros, and are read from there by the matrix product; nothing is copied per window. Where the channels fill half a vector
/// or less, a vector holds two neighbouring pixels, whose windows are parts of one wider window. The input is
/// `[C, T, H, W]`, the output `[H, T, W, pixel]`.
public struct StemKernel: Sendable {
  private let layout: PanelLayout
  private let window: Window
  private let inputSize: [Int]
  private let inputs: Int
  private let outputs: Int
  private let activation: Int32
  /// The number of neighbouring pixels in a vector, 1 or 2.
  private let pixelsAtOnce: Int
  /// The output's size, `[T, H, W]`.
  public let outputSize: [Int]

  /// Prepares the kernel for a layer, or returns nil if the window is not of this kind.
  ///
  /// - Parameters:
  ///   - kernels: The instruction set and format to compute with.
  ///   - inputs: The number of input channels.
  ///   - outputs: The number of output channels.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  ///   - activation: The function that is applied to the sums; nil for none.
  public init?(
    kernels: KernelSet, inputs: Int, outputs: Int, window: Window, inputSize: [Int],
    activation: ActivationFunction? = nil
  ) {
    let window = window.threeDimensional
    guard window.dilation[1] == 1, window.dilation[2] == 1 else { return nil }
    pixelsAtOnce = 2 * outputs <= kernels.width ? 2 : 1
    let taps = window.kernel[2] + (pixelsAtOnce - 1) * window.stride[2]
    layout = PanelLayout(
      kernels: kernels, depth: inputs * window.kernel[0] * window.kernel[1] * taps,
      outputs: pixelsAtOnce == 1 ? outputs : kernels.width)
    self.window = window
    self.inputSize = inputSize
    self.inputs = inputs
    self.outputs = outputs
    self.activation = activation.code
    outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("stem_n\(layout.widest)") }

  /// The size of the packed weights and biases in bytes.
  public var packedBytes: Int { layout.packedBytes }

  /// The size in bytes of the scratch memory that each thread needs.
  ///
  /// It holds the rows of one window, room for the whole vector that the last copy writes, and a row of vectors of several
  /// pixels.
  public var scratchBytes: Int {
    rowsBytes + (pixelsAtOnce == 1 ? 0 : vectorsInRow * kernels.width * kernels.elementSize)
  }

  private var kernels: KernelSet { layout.kernels }

  /// The size of the rows of one window in bytes, whole cache lines.
  private var rowsBytes: Int { ((windowRows * rowLength + kernels.width) * kernels.numberSize + 63) / 64 * 64 }

  /// The number of input rows under a window, of all frames and channels.
  private var windowRows: Int { inputs * window.kernel[0] * window.kernel[1] }

  /// The number of taps along W of the window of all pixels in a vector.
  private var taps: Int { window.kernel[2] + (pixelsAtOnce - 1) * window.stride[2] }

  /// The number of runs of ``pixelsAtOnce`` pixels in an output row.
  private var vectorsInRow: Int { (outputSize[2] + pixelsAtOnce - 1) / pixelsAtOnce }

  /// The number of elements in an input row with the margins that the windows reach into.
  private var rowLength: Int { max(0, vectorsInRow - 1) * pixelsAtOnce * window.stride[2] + taps }

  /// Packs weights `[outputs, inputs, window…]` and biases `[outputs]`.
  public func pack(
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, into packed: UnsafeMutableRawPointer
  ) {
    if pixelsAtOnce == 1 { return layout.pack(weight: weight, bias: bias, into: packed) }
    // Channels of the second pixel follow half a vector later, with weights that are moved by a stride.
    var weights = [Float](repeating: 0, count: kernels.width * layout.depth)
    var biases = [Float](repeating: 0, count: kernels.width)
    for pixel in 0..<pixelsAtOnce {
      for output in 0..<outputs {
        let target = pixel * kernels.width / pixelsAtOnce + output
        biases[target] = bias?[output] ?? 0
        for row in 0..<windowRows {
          for tap in 0..<window.kernel[2] {
            weights[target * layout.depth + row * taps + pixel * window.stride[2] + tap] =
              weight[(output * windowRows + row) * window.kernel[2] + tap]
          }
        }
      }
    }
    layout.pack(weight: weights, bias: biases, into: packed)
  }

  /// Computes a range of the output's rows of one clip.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(weight:bias:into:)``.
  ///   - clip: `[C, T, H, W]`, float32.
  ///   - output: The memory for the first of the rows.
  ///   - rows: The rows of the output to compute.
  ///   - scratch: ``scratchBytes`` bytes that no other thread uses.
  public func run(
    packed: UnsafeRawPointer, clip: UnsafePointer<Float>, output: UnsafeMutableRawPointer, rows: Range<Int>,
    scratch: UnsafeMutableRawPointer
  ) {
    let pixel = kernels.padded(outputs)
    let rowBytes = outputSize[2] * pixel * kernels.elementSize
    let isFar = layout.isFar(elements: rows.count * outputSize[0] * outputSize[2] * pixel)
    for h in rows {
      for t in 0..<outputSize[0] {
        copyRows(of: clip, frame: t, row: h, to: scratch)
        let target = output + ((h - rows.lowerBound) * outputSize[0] + t) * rowBytes
        let task = va_gemm_panel(
          x: scratch, x_stride: pixelsAtOnce * window.stride[2], rows: windowRows, row_stride: rowLength, depth: taps,
          panel: packed, vectors: 0, residual: nil, y: pixelsAtOnce == 1 ? target : scratch + rowsBytes,
          y_stride: pixel, count: vectorsInRow, activation: activation, writes_floats: false, prefetch_inputs: false,
          prefetch_results: isFar && pixelsAtOnce == 1)
        layout.run(task, packed: packed, panels: 0..<layout.count)
        if pixelsAtOnce > 1 { separate(scratch + rowsBytes, to: target) }
      }
    }
  }

  /// Copies the pixels of a row's vectors to their places.
  private func separate(_ vectors: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer) {
    let pixel = kernels.padded(outputs)
    for index in 0..<pixelsAtOnce {
      kernels.table.pointee.copy_channels(
        vectors + index * kernels.width / pixelsAtOnce * kernels.elementSize, kernels.width,
        target + index * pixel * kernels.elementSize, pixelsAtOnce * pixel, outputs,
        (outputSize[2] - index + pixelsAtOnce - 1) / pixelsAtOnce)
    }
  }

  /// Copies the rows under the windows of one output row, with zeros where they reach over the clip's edges.
  private func copyRows(
    of clip: UnsafePointer<Float>, frame: Int, row: Int, to scratch: UnsafeMutableRawPointer
  ) {
    let (frames, height, width) = (inputSize[0], inputSize[1], inputSize[2])
    let left = min(window.paddingBefore[2], rowLength)
    let real = min(width, rowLength - left)
    let padRow = kernels.table.pointee.pad_row
    var target = scratch
    for channel in 0..<inputs {
      for frameTap in 0..<window.kernel[0] {
        let t = frame * window.stride[0] + frameTap * window.dilation[0] - window.paddingBefore[0]
        for tap in 0..<window.kernel[1] {
          let h = row * window.stride[1] + tap - window.paddingBefore[1]
          if t >= 0, t < frames, h >= 0, h < height {
            let source = clip + ((channel * frames + t) * height + h) * width
            padRow(source, left, real, rowLength - left - real, target)
          } else {
            padRow(clip, rowLength, 0, 0, target)
          }
          target += rowLength * kernels.numberSize
        }
      }
    }
  }
}
