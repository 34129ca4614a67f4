import CKernels
import IR

/// A convolution of bytes, of any window and number of groups, prepared for one layer and input size.
///
/// Tiles of output pixels get the inputs under their windows copied side by side; padding is the zero point. Images are
/// `[H, T, W, pixel]`.
public struct QuantizedConvolutionKernel: Sendable {
  /// The number of output pixels in a tile.
  private static let block = 28

  private let product: QuantizedProduct
  private let window: Window
  private let inputSize: [Int]
  private let inputs: Int
  private let groups: Int
  private let input: QuantizationParameters
  private let result: QuantizedResult
  /// The output's size, `[T, H, W]`.
  public let outputSize: [Int]

  /// Prepares the kernel for a layer, or returns nil for an activation that ``/IR/QuantizedResult`` does not support.
  ///
  /// - Parameters:
  ///   - isa: The instruction set to compute with.
  ///   - inputs: The number of input channels, all groups together.
  ///   - outputs: The number of output channels, all groups together.
  ///   - groups: The number of groups that the channels are split into.
  ///   - window: The window over `[H, W]` or `[T, H, W]`.
  ///   - inputSize: `[T, H, W]`; T is 1 for a window over `[H, W]`.
  ///   - input: The quantization of the input.
  ///   - output: The quantization of the output.
  ///   - activation: The function that is applied to the sums; nil for none.
  public init?(
    isa: ISA, inputs: Int, outputs: Int, groups: Int = 1, window: Window, inputSize: [Int],
    input: QuantizationParameters,
    output: QuantizationParameters, activation: ActivationFunction? = nil
  ) {
    guard let result = QuantizedResult(output, activation: activation) else { return nil }
    let window = window.threeDimensional
    product = QuantizedProduct(
      isa: isa, depth: inputs / groups * window.kernel.reduce(1, *), outputs: outputs / groups)
    self.window = window
    self.inputSize = inputSize
    self.inputs = inputs
    self.groups = groups
    self.input = input
    self.result = result
    outputSize = (0..<3).map { window.outputLength(inputSize[$0], axis: $0) }
  }

  /// The kernel's name in a profile.
  public var name: String { product.isa.quantizedName("convolution_n\(product.widest)") }

  /// The size of the packed weights, biases and factors in bytes.
  public var packedBytes: Int { groups * product.packedBytes }

  /// The size in bytes of the scratch memory that each thread needs: patches, the same as int16, and a group's results.
  public var scratchBytes: Int { widenedStart + product.widenedBytes(width: patch, count: Self.block) }

  private var patch: Int { ISA.quantizedPixel(product.depth) }
  private var resultsStart: Int { Self.block * patch }
  private var groupPixel: Int { ISA.quantizedPixel(product.outputs) }
  private var widenedStart: Int { resultsStart + (groups > 1 ? Self.block * groupPixel : 0) }
  private var outputPixel: Int { ISA.quantizedPixel(groups * product.outputs) }

  /// Packs weights `[outputs, inputs / groups, window…]`.
  public func pack(_ weights: QuantizedWeights, into packed: UnsafeMutableRawPointer) {
    let taps = window.kernel.reduce(1, *)
    let channels = inputs / groups
    for group in 0..<groups {
      let weights = weights.from(output: group * product.outputs, count: product.depth)
      product.pack(
        weights, channelCount: product.depth, zero: input.storedZero, into: packed + group * product.packedBytes,
        factor: { result.factor(input.scale, weightScale: weights.scales[$0]) },
        position: { $1 % channels * taps + $1 / channels })
    }
  }

  /// Computes a range of the output's rows.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(_:into:)``.
  ///   - input: The whole input image.
  ///   - output: The memory for the first of the rows.
  ///   - rows: The rows of the output to compute.
  ///   - scratch: ``scratchBytes`` bytes that no other thread uses.
  public func run(
    packed: UnsafeRawPointer, input: UnsafePointer<UInt8>, output: UnsafeMutablePointer<UInt8>, rows: Range<Int>,
    scratch: UnsafeMutableRawPointer
  ) {
    let row = outputSize[0] * outputSize[2]
    for first in stride(from: rows.lowerBound * row, to: rows.upperBound * row, by: Self.block) {
      let pixels = first..<min(first + Self.block, rows.upperBound * row)
      let y = output + (first - rows.lowerBound * row) * outputPixel
      if groups == 1 {
        multiply(packed: packed, input: input, group: 0, pixels: pixels, output: y, scratch: scratch)
        continue
      }
      let results = (scratch + resultsStart).assumingMemoryBound(to: UInt8.self)
      for group in 0..<groups {
        multiply(
          packed: packed + group * product.packedBytes, input: input, group: group, pixels: pixels, output: results,
          scratch: scratch)
        for pixel in 0..<pixels.count {
          (y + pixel * outputPixel + group * product.outputs)
            .update(from: results + pixel * groupPixel, count: product.outputs)
        }
      }
    }
  }

  /// Multiplies one group's patches with its weights; the results are pixels of the group's channels alone.
  private func multiply(
    packed: UnsafeRawPointer, input: UnsafePointer<UInt8>, group: Int, pixels: Range<Int>,
    output: UnsafeMutablePointer<UInt8>, scratch: UnsafeMutableRawPointer
  ) {
    let channels = inputs / groups
    let patches = scratch.assumingMemoryBound(to: UInt8.self)
    var geometry = va_qu8_patch_geometry(
      x: input, pixel: ISA.quantizedPixel(inputs), first_channel: group * channels, channels: channels,
      zero: Int32(self.input.storedZero), input_size: triple(inputSize), output_size: triple(outputSize),
      kernel: triple(window.kernel), stride: triple(window.stride), padding: triple(window.paddingBefore),
      dilation: triple(window.dilation))
    product.isa.int8.patches(&geometry, pixels.lowerBound, pixels.count, patches, patch)
    let x = product.widened(
      patches, stride: patch, width: patch, count: pixels.count, scratch: scratch + widenedStart)
    let task = va_qu8_gemm_panel(
      x: x.x, x_stride: x.stride, x_frame: 0, rows: 0, row_stride: 0, depth: 0, panel: packed, vectors: 0, channels: 0,
      residual: nil, residual_zero: 0, residual_scale: 0, y: output, y_stride: groups == 1 ? outputPixel : groupPixel,
      count: pixels.count, frames: 4, target: Int32(va_qu8_pixels), result: result.task)
    product.run(task, packed: packed, panels: 0..<product.count)
  }
}
