import CKernels
import IR

/// A depthwise convolution, prepared for one layer and input size: each channel has its own window.
///
/// Any window works; the fastest are those of 3 and 5 frames with stride and dilation 1 along T (3×3×3, 3×1×1, 5×1×1).
/// Images are `[H, T, W, pixel]`; elements past the last channel are unspecified.
public struct DepthwiseKernel: Sendable {
  private let kernels: KernelSet
  private let channels: Int
  private let window: Window
  private let inputSize: [Int]
  private let activation: Int32
  /// Taps along T that are taken at a time.
  private let taps: Int
  /// The output's size, `[T, H, W]`.
  public let outputSize: [Int]

  /// Prepares the kernel for a layer.
  ///
  /// - Parameters:
  ///   - kernels: The instruction set and format to compute with.
  ///   - channels: The number of channels.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  ///   - activation: The function that is applied to the sums; nil for none.
  public init(
    kernels: KernelSet, channels: Int, window: Window, inputSize: [Int], activation: ActivationFunction? = nil
  ) {
    let window = window.threeDimensional
    self.kernels = kernels
    self.channels = channels
    self.window = window
    self.inputSize = inputSize
    self.activation = activation.code
    outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
    let dense = window.stride[0] == 1 && window.dilation[0] == 1
    taps = dense && [3, 5].contains(window.kernel[0]) ? window.kernel[0] : 1
  }

  /// The kernel's name in a profile.
  public var name: String { kernels.name("depthwise_k\(taps)") }

  /// The size of the packed weights and biases in bytes.
  public var packedBytes: Int { kernels.padded(channels) * (1 + window.kernel.reduce(1, *)) * kernels.numberSize }

  /// The number of vectors of channels, which threads may share.
  public var vectorCount: Int { kernels.padded(channels) / kernels.width }

  /// The number of elements in a pixel, and of floats in the buffer that the outputs' sums are added to.
  public var pixelCount: Int { kernels.padded(channels) }

  /// Packs weights `[channels, window…]` and biases `[channels]`.
  ///
  /// Per vector of channels: the biases, then the taps in the order `[kH, kT / taps, kW, taps]`. Channels past the last have
  /// zeros.
  public func pack(
    weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?, into packed: UnsafeMutableRawPointer
  ) {
    let (kernelT, kernelH, kernelW) = (window.kernel[0], window.kernel[1], window.kernel[2])
    let size = kernelT * kernelH * kernelW
    var line = packed
    for first in stride(from: 0, to: channels, by: kernels.width) {
      let real = min(kernels.width, channels - first)
      let append = { (values: UnsafePointer<Float>, stride: Int) in
        kernels.table.pointee.pack_numbers(values, stride, real, line)
        line += kernels.width * kernels.numberSize
      }
      if let bias { append(bias + first, 1) } else { withUnsafePointer(to: Float(0)) { append($0, 0) } }
      for h in 0..<kernelH {
        for group in stride(from: 0, to: kernelT, by: taps) {
          for w in 0..<kernelW {
            for t in group..<group + taps {
              append(weight + first * size + (t * kernelH + h) * kernelW + w, size)
            }
          }
        }
      }
    }
  }

  /// Computes a range of the output's rows, in a range of its vectors of channels.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(weight:bias:into:)``.
  ///   - input: The whole image, or a ring of its rows.
  ///   - inputRows: Where the input's rows lie; nil for the whole image.
  ///   - output: The whole image, or a ring of its rows.
  ///   - outputRows: Where the output's rows lie; nil for the whole image.
  ///   - pool: ``pixelCount`` floats, to which the outputs of each channel are added (in float32, in levels); nil for
  ///     no sums.
  ///   - rows: The rows of the output to compute.
  ///   - vectors: The vectors of channels to compute; nil for all.
  public func run(
    packed: UnsafeRawPointer, input: UnsafeRawPointer, inputRows: ImageRows? = nil,
    output: UnsafeMutableRawPointer, outputRows: ImageRows? = nil, pool: UnsafeMutablePointer<Float>? = nil,
    rows: Range<Int>, vectors: Range<Int>? = nil
  ) {
    let inputRows = inputRows ?? ImageRows(size: inputSize, pixel: pixelCount)
    let outputRows = outputRows ?? ImageRows(size: outputSize, pixel: pixelCount)
    let vectors = vectors ?? 0..<vectorCount
    var task = va_depthwise_rows(
      x: input, y: output, packed: packed, pool: pool, x_row_stride: inputRows.stride, x_ring_rows: inputRows.count,
      y_row_stride: outputRows.stride, y_ring_rows: outputRows.count, vectors: vectorCount, x_size: triple(inputSize),
      y_size: triple(outputSize), kernel: triple(window.kernel), stride: triple(window.stride),
      padding: triple(window.paddingBefore), dilation: triple(window.dilation), first_row: rows.lowerBound,
      end_row: rows.upperBound, first_vector: vectors.lowerBound, end_vector: vectors.upperBound, activation: activation
    )
    switch taps {
    case 3: kernels.table.pointee.depthwise_k3(&task)
    case 5: kernels.table.pointee.depthwise_k5(&task)
    default: kernels.table.pointee.depthwise_k1(&task)
    }
  }
}
