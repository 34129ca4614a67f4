import CKernels
import IR

/// The first convolution of a network, prepared for one layer and input size: reads the API's clip, plane by plane.
///
/// The window covers one frame (1×kH×kW) without dilation. The rows under it are copied once, with margins of zeros,
/// and are read from there by the matrix product; nothing is copied per window. The input is `[C, T, H, W]`, the output
/// `[H, T, W, pixel]`.
public struct StemKernel: Sendable {
  private let layout: PanelLayout
  private let window: Window
  private let inputSize: [Int]
  private let inputs: Int
  private let activation: Int32
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
    guard window.kernel[0] == 1, window.stride[0] == 1, window.paddingBefore[0] == 0, window.paddingAfter[0] == 0,
      window.dilation[1] == 1, window.dilation[2] == 1
    else { return nil }
    layout = PanelLayout(kernels: kernels, depth: inputs * window.kernel[1] * window.kernel[2], outputs: outputs)
    self.window = window
    self.inputSize = inputSize
    self.inputs = inputs
    self.activation = activation.code
    outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
  }

  /// The kernel's name in a profile.
  public var name: String { layout.kernels.name("stem_n\(layout.widest)") }

  /// The size of the packed weights and biases in bytes.
  public var packedBytes: Int { layout.packedBytes }

  /// The size in bytes of the scratch memory that each thread needs.
  ///
  /// It holds the rows of one window, and room for the whole vector that the last copy writes.
  public var scratchBytes: Int {
    (inputs * window.kernel[1] * rowLength + layout.kernels.width) * layout.kernels.numberSize
  }

  /// The number of elements in an input row with the margins that the windows reach into.
  private var rowLength: Int { max(0, outputSize[2] - 1) * window.stride[2] + window.kernel[2] }

  /// Packs weights `[outputs, inputs, window…]` and biases `[outputs]`.
  public func pack(
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, into packed: UnsafeMutableRawPointer
  ) {
    layout.pack(weight: weight, bias: bias, into: packed)
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
    let pixel = layout.kernels.padded(layout.outputs)
    let rowBytes = outputSize[2] * pixel * layout.kernels.elementSize
    let isFar = layout.isFar(elements: rows.count * outputSize[0] * outputSize[2] * pixel)
    for h in rows {
      for t in 0..<outputSize[0] {
        copyRows(of: clip, frame: t, row: h, to: scratch)
        let task = va_gemm_panel(
          x: scratch, x_stride: window.stride[2], rows: inputs * window.kernel[1], row_stride: rowLength,
          depth: window.kernel[2], panel: packed, vectors: 0, residual: nil,
          y: output + ((h - rows.lowerBound) * outputSize[0] + t) * rowBytes, y_stride: pixel,
          count: outputSize[2], activation: activation, writes_floats: false, prefetch_inputs: false,
          prefetch_results: isFar)
        layout.run(task, packed: packed, panels: 0..<layout.count)
      }
    }
  }

  /// Copies the rows under the windows of one output row, with zeros where they reach over the frame's edge.
  private func copyRows(
    of clip: UnsafePointer<Float>, frame: Int, row: Int, to scratch: UnsafeMutableRawPointer
  ) {
    let (height, width) = (inputSize[1], inputSize[2])
    let left = min(window.paddingBefore[2], rowLength)
    let real = min(width, rowLength - left)
    for channel in 0..<inputs {
      for tap in 0..<window.kernel[1] {
        let target = scratch + (channel * window.kernel[1] + tap) * rowLength * layout.kernels.numberSize
        let h = row * window.stride[1] + tap - window.paddingBefore[1]
        if h >= 0, h < height {
          let source = clip + ((channel * inputSize[0] + frame) * height + h) * width
          layout.kernels.table.pointee.pad_row(source, left, real, rowLength - left - real, target)
        } else {
          layout.kernels.table.pointee.pad_row(clip, rowLength, 0, 0, target)
        }
      }
    }
  }
}
