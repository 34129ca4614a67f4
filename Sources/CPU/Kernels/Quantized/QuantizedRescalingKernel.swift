import CKernels
import IR

/// Bytes in another quantization, with an activation: for values that are joined, and activations by themselves.
public struct QuantizedRescalingKernel: Sendable {
  private let isa: ISA
  private let input: QuantizationParameters
  private let result: QuantizedResult

  /// Prepares the kernel, or returns nil for an activation that ``/IR/QuantizedResult`` does not support.
  public init?(
    isa: ISA, input: QuantizationParameters, output: QuantizationParameters, activation: ActivationFunction? = nil
  ) {
    guard let result = QuantizedResult(output, activation: activation) else { return nil }
    self.isa = isa
    self.input = input
    self.result = result
  }

  /// The kernel's name in a profile.
  public var name: String { isa.quantizedName("rescale") }

  /// Converts the first channels of a run of pixels.
  ///
  /// - Parameters:
  ///   - input: The first pixel.
  ///   - inputPixel: The number of bytes from one pixel to the next.
  ///   - output: The first pixel of the output, or its place in a wider one.
  ///   - outputPixel: The number of bytes from one output pixel to the next.
  ///   - channels: The number of bytes of each pixel to convert; the others are left as they are.
  ///   - count: The number of pixels.
  public func run(
    _ input: UnsafePointer<UInt8>, pixel inputPixel: Int, output: UnsafeMutablePointer<UInt8>, pixel outputPixel: Int,
    channels: Int, count: Int
  ) {
    var task = va_qu8_rescaling(
      x: input, y: output, x_pixel: inputPixel, y_pixel: outputPixel, channels: channels, count: count,
      zero: Int32(self.input.storedZero), factor: result.factor(self.input.scale), result: result.task)
    isa.int8.rescale(&task)
  }
}
