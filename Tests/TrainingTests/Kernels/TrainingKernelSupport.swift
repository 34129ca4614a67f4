import KernelTestSupport
import CPU
import Tensors
import Testing

@testable import Training

extension KernelSet {
  /// One for each instruction set that this processor has kernels in float32 for.
  static let forTraining: [KernelSet] = ISA.available.map { KernelSet($0) }.reduce(into: []) { sets, set in
    if !sets.contains(where: { $0.isa == set.isa }) { sets.append(set) }
  }
}

/// A tensor of small numbers.
func testTensor(_ shape: [Int], seed: UInt64) -> Tensor {
  Tensor(testValues(shape.reduce(1, *), seed: seed), shape: shape)
}

/// Clips `[N, C, T, H, W]` as a plan has them, `[N][H][T][W][pixel]`, with NaNs in the elements past the last channel.
func images(_ clips: Tensor, _ kernels: KernelSet) -> GuardedBuffer {
  pixels(places(clips.shape).map { clips.elements(as: Float.self)[$0] }, channels: clips.shape[1], kernels)
}

/// What a plan has as clips of some shape.
func clips(_ images: GuardedBuffer, _ shape: [Int], _ kernels: KernelSet) -> [Float] {
  var values = [Float](repeating: .nan, count: shape.reduce(1, *))
  for (value, place) in zip(rows(images, channels: shape[1], kernels), places(shape)) { values[place] = value }
  return values
}

/// Memory for images that hold clips of some shape.
func imageBuffer(_ shape: [Int], _ kernels: KernelSet) -> GuardedBuffer {
  GuardedBuffer(count: shape[0] * shape[2...].reduce(1, *) * kernels.padded(shape[1]))
}

/// In the order of images, where each element of clips lies.
private func places(_ shape: [Int]) -> [Int] {
  let (n, c, t, h, w) = (shape[0], shape[1], shape[2], shape[3], shape[4])
  return (0..<n * h * t * w * c).map { index in
    let (channel, rest) = (index % c, index / c)
    let (column, frame, row, clip) = (rest % w, rest / w % t, rest / w / t % h, rest / w / t / h)
    return (((clip * c + channel) * t + frame) * h + row) * w + column
  }
}

/// Doubles between two guard zones.
final class GuardedDoubles {
  private let buffer: GuardedBuffer

  init(count: Int) { buffer = GuardedBuffer(byteCount: 8 * count) }

  var pointer: UnsafeMutablePointer<Double> { buffer.pointer.assumingMemoryBound(to: Double.self) }
  var isIntact: Bool { buffer.isIntact }
}

extension GuardedBuffer {
  /// Sets all elements to 0.
  func clear() { for index in 0..<count { self[index] = 0 } }
}
