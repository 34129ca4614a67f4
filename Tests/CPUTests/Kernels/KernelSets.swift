import EmulatedKernels
import Testing

@testable import CPU

extension KernelSet: CustomTestStringConvertible {
  /// All that this processor has, and those that compute in half precision even if it does not.
  static let all: [KernelSet] = float32 + computingInHalf

  /// Those of floats: one for each instruction set.
  static let float32: [KernelSet] = once(ISA.available.map { KernelSet($0) })

  /// Instruction sets that differ in what the format does not use give the same kernels.
  private static func once(_ sets: [KernelSet]) -> [KernelSet] {
    sets.reduce(into: []) { sets, set in if !sets.contains(where: { $0.isa == set.isa }) { sets.append(set) } }
  }

  private static var computingInHalf: [KernelSet] {
    var sets = once(ISA.available.filter(\.computesInHalves).map { KernelSet($0, .float16) })
    #if arch(x86_64)
      if ISA.avx512.isAvailable { sets.append(KernelSet(.avx512fp16, .float16, table: va_f16_emulated())) }
    #endif
    return sets
  }

  /// What sums in another order may differ by: in float32, rounded to halves, or summed up in halves.
  var tolerance: Double {
    switch format {
    case .float32: 2e-6
    case .float16: 3e-3
    }
  }

  /// Numbers as elements hold them.
  func rounded(_ values: [Float]) -> [Float] { format == .float32 ? values : values.map { Float(Float16($0)) } }

  /// The name that kernels have, and whether this processor has them.
  public var testDescription: String { "\(name("kernels"))\(isa.isAvailable ? "" : ", emulated")" }
}
