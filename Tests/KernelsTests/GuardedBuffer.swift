import Foundation
import Kernels
import Tensors

/// Floats between two guard zones; everything starts as a NaN that no kernel makes.
///
/// With `ACCELERATOR_TEST_GUARDS=0` in the environment there are no guard zones, so that a sanitizer sees reads outside too.
final class GuardedBuffer {
  static let canary = Float(bitPattern: 0x7FC0_CAFE)
  private static let guardCount = ProcessInfo.processInfo.environment["ACCELERATOR_TEST_GUARDS"] == "0" ? 0 : 64

  let count: Int
  private let memory: UnsafeMutableRawPointer
  private let floats: UnsafeMutablePointer<Float>

  init(count: Int) {
    self.count = count
    memory = .allocate(byteCount: (count + 2 * Self.guardCount) * 4, alignment: 64)
    floats = memory.initializeMemory(
      as: Float.self, repeating: Self.canary, count: count + 2 * Self.guardCount)
  }

  convenience init(_ values: [Float]) {
    self.init(count: values.count)
    pointer.update(from: values, count: values.count)
  }

  deinit { memory.deallocate() }

  var pointer: UnsafeMutablePointer<Float> { floats + Self.guardCount }
  var reader: UnsafePointer<Float> { UnsafePointer(pointer) }
  var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  /// Whether nothing was written outside.
  var isIntact: Bool {
    let after = Self.guardCount + count
    return (0..<Self.guardCount).allSatisfy { isCanary(floats[$0]) && isCanary(floats[after + $0]) }
  }

  /// Whether nothing was written inside a range.
  func isUntouched(_ range: Range<Int>) -> Bool { range.allSatisfy { isCanary(pointer[$0]) } }

  private func isCanary(_ value: Float) -> Bool { value.bitPattern == Self.canary.bitPattern }
}

/// Whether nothing was written outside of any of them.
func areIntact(_ buffers: GuardedBuffer...) -> Bool { buffers.allSatisfy { $0.isIntact } }

/// Numbers in -1 ..< 1 that depend on the seed and the index alone.
func testValues(_ count: Int, seed: UInt64) -> [Float] {
  (0..<count).map { index in
    var z = (UInt64(index) &+ 1) &* 0x9E37_79B9_7F4A_7C15 &+ seed &* 0xD1B5_4A32_D192_ED03
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Float(Int32(truncatingIfNeeded: z >> 32)) / 2_147_483_648
  }
}

/// Rows of `channels` values as pixels, whose lanes past the last channel stay canaries.
func pixels(_ rows: [Float], channels: Int, isa: ISA) -> GuardedBuffer {
  let count = rows.count / channels
  let pixel = isa.padded(channels)
  let buffer = GuardedBuffer(count: count * pixel)
  for i in 0..<count {
    for c in 0..<channels { buffer.pointer[i * pixel + c] = rows[i * channels + c] }
  }
  return buffer
}

/// The real channels of pixels, as rows.
func rows(_ buffer: GuardedBuffer, channels: Int, isa: ISA) -> [Float] {
  let pixel = isa.padded(channels)
  return (0..<buffer.count / pixel).flatMap { i in (0..<channels).map { buffer.pointer[i * pixel + $0] } }
}

/// Planes `[C, T, H, W]` as rows of channels in the order `[H, T, W]`.
func rows(planes: Tensor) -> [Float] {
  let (c, t, h, w) = (planes.shape[0], planes.shape[1], planes.shape[2], planes.shape[3])
  let values = planes.elements(as: Float.self)
  var rows: [Float] = []
  for y in 0..<h {
    for z in 0..<t {
      for x in 0..<w {
        for channel in 0..<c { rows.append(values[((channel * t + z) * h + y) * w + x]) }
      }
    }
  }
  return rows
}

/// Root mean square of the differences, relative to that of what is expected; infinite if a NaN leaked.
func relativeError(_ actual: [Float], _ expected: [Float]) -> Double {
  guard actual.count == expected.count else { return .infinity }
  if actual.isEmpty { return 0 }
  var (error, size) = (0.0, 0.0)
  for (a, b) in zip(actual, expected) {
    if !a.isFinite { return .infinity }
    error += Double(a - b) * Double(a - b)
    size += Double(b) * Double(b)
  }
  return (error / max(size, 1e-30)).squareRoot()
}

/// What sums of float32 in another order may differ by.
let tolerance = 2e-6
