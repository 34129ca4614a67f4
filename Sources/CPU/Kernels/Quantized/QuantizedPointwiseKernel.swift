import CKernels
import IR

/// A pointwise (1×1×1) convolution of bytes, prepared for one layer.
///
/// Sums are exact; what follows is float32 in a fixed order. Pixels are ``ISA/quantizedPixel(_:)`` bytes (or floats); those
/// past the last channel are unspecified.
public struct QuantizedPointwiseKernel: Sendable {
  /// How int16 inputs, which ``QuantizedDepthwiseKernel`` gives, become bytes before they are multiplied.
  public struct Prologue: Sendable, Hashable {
    /// The real number that an input of 1 stands for.
    public let scale: Float
    /// The function that is applied to the real number times the gate's factor; nil for none.
    public let activation: ActivationFunction?

    /// Creates a prologue, or returns nil for an activation that ``/IR/QuantizedResult`` does not support.
    public init?(scale: Float, activation: ActivationFunction?) {
      guard QuantizedResult.supports(activation) else { return nil }
      self.scale = scale
      self.activation = activation
    }
  }

  /// The number of pixels that are multiplied with all panels in turn, while they are in the nearest cache.
  private static let block = 84

  private let product: QuantizedProduct
  private let input: QuantizationParameters
  private let result: QuantizedResult
  private let residual: QuantizationParameters?
  private let prologue: Prologue?
  private let inputPixel: Int
  private let outputPixel: Int

  /// Prepares the kernel for a layer.
  ///
  /// - Parameters:
  ///   - isa: The instruction set to compute with.
  ///   - inputs: The number of input channels.
  ///   - outputs: The number of output channels.
  ///   - input: The quantization of the bytes that are multiplied: of the inputs, or of the prologue's results.
  ///   - result: The quantization and activation of the outputs.
  ///   - residual: The quantization of what is added before the activation; nil if nothing is.
  ///   - prologue: How int16 inputs become bytes; nil for inputs that are bytes.
  public init(
    isa: ISA, inputs: Int, outputs: Int, input: QuantizationParameters, result: QuantizedResult,
    residual: QuantizationParameters? = nil,
    prologue: Prologue? = nil
  ) {
    product = QuantizedProduct(isa: isa, depth: inputs, outputs: outputs)
    self.input = input
    self.result = result
    self.residual = residual
    self.prologue = prologue
    inputPixel = ISA.quantizedPixel(inputs)
    outputPixel = ISA.quantizedPixel(outputs)
  }

  /// The kernel's name in a profile.
  public var name: String { product.isa.quantizedName("pointwise_n\(product.widest)") }

  /// The size of the packed weights, biases and factors in bytes.
  public var packedBytes: Int { product.packedBytes }

  /// The size in bytes of the scratch memory that each thread needs.
  public var scratchBytes: Int { tileBytes + product.widenedBytes(width: inputPixel, count: Self.block) }

  /// The size in bytes of the prologue's factors and results.
  private var tileBytes: Int { prologue == nil ? 0 : (4 + Self.block) * inputPixel }

  /// The number of panels of output channels, which threads may share where there are few pixels.
  public var panelCount: Int { product.count }

  /// Packs weights `[outputs, inputs]`.
  public func pack(_ weights: QuantizedWeights, into packed: UnsafeMutableRawPointer) {
    product.pack(
      weights, zero: input.storedZero, into: packed,
      addend: residual.map { abs(result.factor($0.scale)) * 255 } ?? 0,
      factor: { result.factor(input.scale, weightScale: weights.scales[$0]) },
      row: { output, _ in weights.values + output * product.depth })
  }

  /// Computes a run of pixels.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(_:into:)``.
  ///   - input: The first input pixel: of int16 with a prologue, else of bytes.
  ///   - inputStride: The number of elements from one input pixel to the next; nil if pixels are adjacent.
  ///   - count: The number of pixels.
  ///   - gate: The prologue's factor for each input channel; nil for 1.
  ///   - residual: Pixels of bytes that are added before the activation; may be the output's memory.
  ///   - output: Adjacent pixels of bytes or float32.
  ///   - scratch: ``scratchBytes`` bytes that no other thread uses.
  ///   - panels: The panels of output channels to compute; nil for all.
  public func run(
    packed: UnsafeRawPointer, input: UnsafeRawPointer, inputStride: Int? = nil, count: Int,
    gate: UnsafePointer<Float>? = nil, residual: UnsafePointer<UInt8>? = nil, output: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer?, panels: Range<Int>? = nil
  ) {
    runPixels(
      packed: packed, input: input, inputStride: inputStride ?? inputPixel, count: count, gate: gate,
      residual: residual,
      output: output, target: Int(result.quantization == nil ? va_qu8_floats : va_qu8_pixels), scratch: scratch,
      panels: panels)
  }

  /// Computes a run of pixels to one of the targets.
  private func runPixels(
    packed: UnsafeRawPointer, input: UnsafeRawPointer, inputStride: Int, count: Int, gate: UnsafePointer<Float>?,
    residual: UnsafePointer<UInt8>?, output: UnsafeMutableRawPointer, target: Int,
    scratch: UnsafeMutableRawPointer?, panels: Range<Int>?
  ) {
    let elementBytes = target == Int(va_qu8_pixels) ? 1 : 4
    if let scratch { fillFactors(gate: gate, scratch: scratch) }
    for first in stride(from: 0, to: count, by: Self.block) {
      let pixels = min(Self.block, count - first)
      let bytes = tile(input, first: first, stride: inputStride, count: pixels, scratch: scratch)
      let x = product.widened(
        bytes.x, stride: bytes.stride, width: inputPixel, count: pixels, scratch: scratch.map { $0 + tileBytes })
      var task = task(stride: x.stride, output: output + first * outputPixel * elementBytes, count: pixels)
      task.y_stride = outputPixel
      task.target = Int32(target)
      task.residual = residual.map { $0 + first * outputPixel }
      product.run(task, x: x.x, packed: packed, panels: panels ?? 0..<product.count)
    }
  }

  /// Computes a row of an image in the frame-interleaved layout that ``QuantizedDepthwiseKernel`` takes; without
  /// prologue and residual.
  ///
  /// - Parameters:
  ///   - packed: The result of ``pack(_:into:)``.
  ///   - input: The row, `[T, W, pixel]`.
  ///   - frames: The number of frames, T.
  ///   - width: The number of columns, W.
  ///   - output: The frame-interleaved row.
  ///   - scratch: ``scratchBytes`` bytes that no other thread uses.
  ///   - panels: The panels of output channels to compute; nil for all.
  public func runToInterleaved(
    packed: UnsafeRawPointer, input: UnsafePointer<UInt8>, frames: Int, width: Int, output: UnsafeMutableRawPointer,
    scratch: UnsafeMutableRawPointer?, panels: Range<Int>? = nil
  ) {
    if product.isa.interleavedFrames == 1 {
      return runPixels(
        packed: packed, input: input, inputStride: inputPixel, count: frames * width, gate: nil, residual: nil,
        output: output, target: Int(va_qu8_lanes), scratch: scratch, panels: panels)
    }
    let columnBlock = Self.block / 4
    for frame in stride(from: 0, to: frames, by: 4) {
      let present = min(4, frames - frame)
      for column in stride(from: 0, to: width, by: columnBlock) {
        let columns = min(columnBlock, width - column)
        let first = input + (frame * width + column) * inputPixel
        var x = (x: UnsafeRawPointer(first), stride: inputPixel)
        var frameStride = width * inputPixel
        if product.widens, let scratch {
          frameStride = columns * inputPixel
          for t in 0..<present {
            _ = product.widened(
              first + t * width * inputPixel, stride: inputPixel, width: inputPixel, count: columns,
              scratch: scratch + 2 * t * frameStride)
          }
          x.x = UnsafeRawPointer(scratch)
        }
        let group = output + (frame / 4 * width + column) * outputPixel * 4
        var task = task(stride: x.stride, output: group, count: columns)
        task.frames = Int32(present)
        task.y_stride = outputPixel * 4
        task.target = Int32(va_qu8_lanes)
        product.run(
          task, x: x.x, frameStride: frameStride * product.inputBytes, packed: packed,
          panels: panels ?? 0..<product.count)
      }
    }
  }

  private func task(stride: Int, output: UnsafeMutableRawPointer, count: Int) -> va_qu8_gemm_panel {
    va_qu8_gemm_panel(
      starts: nil, skips_rows: false, is_narrow: false, x_first: 0, x_stride: stride, rows: 0, depth: 0, panel: output,
      vectors: 0,
      channels: 0,
      residual: nil, residual_zero: Int32(residual?.storedZero ?? 0),
      residual_scale: residual.map { result.factor($0.scale) } ?? 0, y: output, y_stride: 0, count: count, frames: 1,
      target: 0, result: result.task)
  }

  private func fillFactors(gate: UnsafePointer<Float>?, scratch: UnsafeMutableRawPointer) {
    guard let prologue else { return }
    let factors = scratch.bindMemory(to: Float.self, capacity: inputPixel)
    for channel in 0..<inputPixel {
      factors[channel] = channel < product.depth ? prologue.scale * (gate?[channel] ?? 1) : 0
    }
  }

  /// Returns pixels as bytes: the input's, or the prologue's results.
  private func tile(
    _ input: UnsafeRawPointer, first: Int, stride: Int, count: Int, scratch: UnsafeMutableRawPointer?
  ) -> (x: UnsafePointer<UInt8>, stride: Int) {
    guard let prologue, let scratch else {
      return (input.assumingMemoryBound(to: UInt8.self) + first * stride, stride)
    }
    let bytes = (scratch + 4 * inputPixel).assumingMemoryBound(to: UInt8.self)
    var scaling = va_qu8_channel_scale(
      x: input.assumingMemoryBound(to: Int16.self) + first * stride, x_stride: stride,
      scale: scratch.assumingMemoryBound(to: Float.self), y: bytes, y_stride: inputPixel, width: inputPixel,
      count: count,
      result: QuantizedResult(supported: prologue.activation, self.input).task)
    product.isa.int8.scale_channels(&scaling)
    return (UnsafePointer(bytes), inputPixel)
  }
}
