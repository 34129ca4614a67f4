import CPU
import Foundation
import IR
import KernelTestSupport

/// Bytes between two guard zones; everything starts as a pattern that tests look for.
///
/// With `ACCELERATOR_TEST_GUARDS=0` in the environment there are no guard zones, so that a sanitizer sees reads outside too.
final class GuardedBytes {
  /// The byte that everything is at first.
  static let canary: UInt8 = 0xA5
  private static let guardCount = ProcessInfo.processInfo.environment["ACCELERATOR_TEST_GUARDS"] == "0" ? 0 : 256

  let count: Int
  private let memory: UnsafeMutableRawPointer

  init(count: Int) {
    self.count = count
    memory = .allocate(byteCount: count + 2 * Self.guardCount, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: Self.canary, count: count + 2 * Self.guardCount)
  }

  convenience init<Element>(_ values: [Element]) {
    self.init(count: values.count * MemoryLayout<Element>.stride)
    values.withUnsafeBytes { source in UnsafeMutableRawBufferPointer(start: raw, count: count).copyMemory(from: source)
    }
  }

  deinit { memory.deallocate() }

  var raw: UnsafeMutableRawPointer { memory + Self.guardCount }
  var bytes: UnsafeMutablePointer<UInt8> { raw.assumingMemoryBound(to: UInt8.self) }
  var reader: UnsafePointer<UInt8> { UnsafePointer(bytes) }
  func pointer<Element>(_ type: Element.Type) -> UnsafeMutablePointer<Element> { raw.assumingMemoryBound(to: type) }
  func values<Element>(_ type: Element.Type) -> [Element] {
    Array(UnsafeBufferPointer(start: pointer(type), count: count / MemoryLayout<Element>.stride))
  }

  /// Whether nothing was written outside.
  var isIntact: Bool {
    (0..<Self.guardCount).allSatisfy {
      memory.load(fromByteOffset: $0, as: UInt8.self) == Self.canary
        && memory.load(fromByteOffset: Self.guardCount + count + $0, as: UInt8.self) == Self.canary
    }
  }
}

/// Whether nothing was written outside of any of them.
func areIntact(_ buffers: GuardedBytes...) -> Bool { buffers.allSatisfy { $0.isIntact } }

/// Bytes that depend on the seed and the index alone; every fourth is at an end of the range.
func testBytes(_ count: Int, seed: UInt64, least: Int = -128) -> [Int8] {
  testValues(count, seed: seed).enumerated().map { index, value in
    switch index % 8 {
    case 3: 127
    case 7: Int8(least)
    default: Int8(min(max(Int(value * 128), least), 127))
    }
  }
}

/// The quantizations that tests go through: ordinary ones, and zero points at the ends.
let testQuantizations = [
  QuantizationParameters(scale: 0.03, zeroPoint: -128), QuantizationParameters(scale: 0.021, zeroPoint: 5),
  QuantizationParameters(scale: 0.04, zeroPoint: 127), QuantizationParameters(scale: 0.017, zeroPoint: 0),
]

/// A layer's weights, made up so that results fill the range of a byte and go over it here and there.
struct TestWeights {
  let values: [Int8]
  let scales: [Float]
  let bias: [Int32]
  /// How many weights an output channel has.
  let count: Int

  init(values: [Int8], scales: [Float], bias: [Int32], count: Int) {
    self.values = values
    self.scales = scales
    self.bias = bias
    self.count = count
  }

  init(outputs: Int, count: Int, seed: UInt64) {
    self.count = count
    var values = testBytes(outputs * count, seed: seed, least: -127)
    // A channel without any weight but its bias.
    if outputs > 2 { for i in 2 * count..<3 * count { values[i] = 0 } }
    self.values = values
    let size = Float(max(count, 1)).squareRoot()
    scales = testValues(outputs, seed: seed + 1).map { (0.3 + 0.2 * $0) * 0.02 / size }
    bias = testValues(outputs, seed: seed + 2).map { Int32($0 * 2000 * size) }
  }

  /// Which ranges sums and results stay in; kernels take shorter ways where they can rely on it.
  enum Range: CaseIterable { case narrow, wideSums, wideResults }

  /// Returns weights with larger biases or scales: sums go over ±2²², or results over int16.
  func reaching(_ range: Range) -> TestWeights {
    switch range {
    case .narrow: self
    case .wideSums:
      TestWeights(values: values, scales: scales.map { $0 / 5000 }, bias: bias.map { $0 * 5000 }, count: count)
    case .wideResults: TestWeights(values: values, scales: scales.map { $0 * 3000 }, bias: bias, count: count)
    }
  }

  /// What `body` makes of pointers to them.
  func with<Result>(_ body: (QuantizedWeights) -> Result) -> Result {
    values.withUnsafeBufferPointer { values in
      scales.withUnsafeBufferPointer { scales in
        bias.withUnsafeBufferPointer { bias in
          guard let v = values.baseAddress, let s = scales.baseAddress else { preconditionFailure("no weights") }
          return body(QuantizedWeights(values: v, scales: s, bias: bias.baseAddress))
        }
      }
    }
  }
}

/// Values `[C, T, H, W]` as an image `[H, T, W, pixel]`; bytes past the last channel are anything.
func image(planes: [Int8], channels: Int, size: [Int]) -> GuardedBytes {
  let pixel = ISA.quantizedPixel(channels)
  let positions = size.reduce(1, *)
  let image = GuardedBytes(count: positions * pixel)
  for i in 0..<image.count { image.bytes[i] = UInt8(truncatingIfNeeded: i &* 37 &+ 11) }
  for (index, value) in planes.enumerated() {
    image.bytes[imageIndex(index, size: size) * pixel + index / positions] = QuantizationParameters.stored(value)
  }
  return image
}

/// Where the pixel of an index into planes is in an image.
private func imageIndex(_ index: Int, size: [Int]) -> Int {
  let w = index % size[2]
  let h = index / size[2] % size[1]
  let t = index / (size[1] * size[2]) % size[0]
  return (h * size[0] + t) * size[2] + w
}

/// The real channels of an image as planes `[C, T, H, W]`.
func planeValues<Element>(image: [Element], channels: Int, size: [Int]) -> [Element] {
  let positions = size.reduce(1, *)
  let pixel = ISA.quantizedPixel(channels)
  return (0..<channels * positions).map { image[imageIndex($0, size: size) * pixel + $0 / positions] }
}

/// Values of stored bytes.
func signedValues(_ stored: [UInt8]) -> [Int8] { stored.map { QuantizationParameters.value(stored: $0) } }
