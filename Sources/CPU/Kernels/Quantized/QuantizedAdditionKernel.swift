import CKernels
import IR

/// The sum of two values of bytes, with an activation, for a residual that no convolution takes.
public struct QuantizedAdditionKernel: Sendable {
  private let isa: ISA
  private let a: QuantizationParameters
  private let b: QuantizationParameters
  private let result: QuantizedResult

  /// Prepares the kernel, or returns nil for an activation that ``/IR/QuantizedResult`` does not support.
  public init?(
    isa: ISA, _ a: QuantizationParameters, _ b: QuantizationParameters, output: QuantizationParameters,
    activation: ActivationFunction? = nil
  ) {
    guard let result = QuantizedResult(output, activation: activation) else { return nil }
    self.isa = isa
    self.a = a
    self.b = b
    self.result = result
  }

  /// The kernel's name in a profile.
  public var name: String { isa.quantizedName("add") }

  /// Adds a run of `count` bytes, a multiple of 16; the output may be the memory of either operand.
  public func run(
    _ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, output: UnsafeMutablePointer<UInt8>, count: Int
  ) {
    var sum = va_qu8_sum(
      a: a, b: b, y: output, blocks: count / 16, a_zero: Int32(self.a.storedZero), b_zero: Int32(self.b.storedZero),
      a_scale: result.factor(self.a.scale), b_scale: result.factor(self.b.scale), result: result.task)
    isa.int8.add(&sum)
  }
}
