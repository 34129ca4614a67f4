import Foundation
import CPU
import Tensors

/// Memory between two guard zones; everything starts as NaNs that no kernel makes, in float32 and in float16.
///
/// With `ACCELERATOR_TEST_GUARDS=0` in the environment there are no guard zones, so that a sanitizer sees reads outside too.
public final class GuardedBuffer {
  /// Turn by turn: the halves of a NaN.
  private static let canaries: [UInt16] = [0x7ECA, 0x7FC0]
  private static let guardBytes = ProcessInfo.processInfo.environment["ACCELERATOR_TEST_GUARDS"] == "0" ? 0 : 256

  /// Elements.
  public let count: Int
  private let format: KernelFormat
  private let byteCount: Int
  private let memory: UnsafeMutableRawPointer

  /// Memory for elements.
  public init(count: Int, _ format: KernelFormat = .float32) {
    self.count = count
    self.format = format
    byteCount = count * (format == .float32 ? 4 : 2)
    memory = .allocate(byteCount: byteCount + 2 * Self.guardBytes, alignment: 64)
    for index in 0..<(byteCount / 2 + Self.guardBytes) {
      memory.storeBytes(of: Self.canaries[index % 2], toByteOffset: 2 * index, as: UInt16.self)
    }
  }

  /// Memory for what is a kernel's own.
  public convenience init(byteCount: Int) { self.init(count: (byteCount + 1) / 2, .float16) }

  /// Elements, rounded to the format.
  public convenience init(_ values: [Float], _ format: KernelFormat = .float32) {
    self.init(count: values.count, format)
    for (index, value) in values.enumerated() { self[index] = value }
  }

  deinit { memory.deallocate() }

  /// Where the elements begin.
  public var pointer: UnsafeMutableRawPointer { memory + Self.guardBytes }
  /// The same, to read from.
  public var reader: UnsafeRawPointer { UnsafeRawPointer(pointer) }
  /// The elements of a buffer of floats.
  public var floats: UnsafeMutablePointer<Float> { pointer.assumingMemoryBound(to: Float.self) }
  /// All elements.
  public var values: [Float] { (0..<count).map { self[$0] } }

  /// An element.
  public subscript(index: Int) -> Float {
    get {
      format == .float32
        ? reader.load(fromByteOffset: 4 * index, as: Float.self)
        : Float(reader.load(fromByteOffset: 2 * index, as: Float16.self))
    }
    set {
      if format == .float32 {
        pointer.storeBytes(of: newValue, toByteOffset: 4 * index, as: Float.self)
      } else {
        pointer.storeBytes(of: Float16(newValue), toByteOffset: 2 * index, as: Float16.self)
      }
    }
  }

  /// Copies elements of another buffer of the same format.
  public func copy(_ count: Int, from source: GuardedBuffer, at first: Int, to target: Int) {
    let size = format == .float32 ? 4 : 2
    (pointer + target * size).copyMemory(from: source.reader + first * size, byteCount: count * size)
  }

  /// Whether nothing was written outside.
  public var isIntact: Bool {
    let (guardCount, end) = (Self.guardBytes / 2, (Self.guardBytes + byteCount) / 2)
    return areCanaries(0..<guardCount) && areCanaries(end..<end + guardCount)
  }

  /// Whether nothing was written inside a range.
  public func isUntouched(_ range: Range<Int>) -> Bool {
    let (start, scale) = (Self.guardBytes / 2, format == .float32 ? 2 : 1)
    return areCanaries(start + range.lowerBound * scale..<start + range.upperBound * scale)
  }

  private func areCanaries(_ range: Range<Int>) -> Bool {
    range.allSatisfy { memory.load(fromByteOffset: 2 * $0, as: UInt16.self) == Self.canaries[$0 % 2] }
  }
}

/// Whether nothing was written outside of any of them.
public func areIntact(_ buffers: GuardedBuffer...) -> Bool { buffers.allSatisfy { $0.isIntact } }

/// Numbers in -1 ..< 1 that depend on the seed and the index alone.
public func testValues(_ count: Int, seed: UInt64) -> [Float] {
  (0..<count).map { index in
    var z = (UInt64(index) &+ 1) &* 0x9E37_79B9_7F4A_7C15 &+ seed &* 0xD1B5_4A32_D192_ED03
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Float(Int32(truncatingIfNeeded: z >> 32)) / 2_147_483_648
  }
}

/// Rows of `channels` values as pixels, whose elements past the last channel stay canaries.
public func pixels(_ rows: [Float], channels: Int, _ kernels: KernelSet) -> GuardedBuffer {
  let count = rows.count / channels
  let pixel = kernels.padded(channels)
  let buffer = GuardedBuffer(count: count * pixel, kernels.format)
  for i in 0..<count {
    for c in 0..<channels { buffer[i * pixel + c] = rows[i * channels + c] }
  }
  return buffer
}

/// The real channels of pixels, as rows.
public func rows(_ buffer: GuardedBuffer, channels: Int, _ kernels: KernelSet) -> [Float] {
  let pixel = kernels.padded(channels)
  return (0..<buffer.count / pixel).flatMap { i in (0..<channels).map { buffer[i * pixel + $0] } }
}

/// Planes `[C, T, H, W]` as rows of channels in the order `[H, T, W]`.
public func rows(planes: Tensor) -> [Float] {
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
public func relativeError(_ actual: [Float], _ expected: [Float]) -> Double {
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
