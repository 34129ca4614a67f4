import IR

/// A kernel that sums pixels, channel by channel.
protocol PixelSums: Sendable {
  associatedtype Sum: Sendable
  var name: String { get }
  /// The number of sums in a part: one pixel.
  var partCount: Int { get }
  func add(pixels input: UnsafeRawPointer, count: Int, to part: UnsafeMutablePointer<Sum>)
}

extension MeanKernel: PixelSums {}

extension QuantizedMeanKernel: PixelSums {}

/// The sums of each channel over parts of the pixels.
struct SumStep<Kernel: PixelSums, Layout: PixelLayout & Sendable>: Step {
  let kernel: Kernel
  let input: Location
  let layout: Layout
  let sums: PartialSums

  var kernelName: String { kernel.name }
  func tileCount(workers: Int) -> Int? { sums.partCount }

  func run(_ memory: WorkerMemory) {
    for n in 0..<layout.images {
      for part in memory.share(of: sums.partCount) {
        let (run, target) = (sums.units(of: part), sums.part(part, of: n, memory, as: Kernel.Sum.self))
        sums.clear(target, 0..<kernel.partCount)
        kernel.add(
          pixels: memory.read(input) + (n * layout.pixels + run.lowerBound) * layout.pixelBytes, count: run.count,
          to: target)
      }
    }
  }
}

/// The mean of each channel from sums.
struct MeanStep: Step {
  let kernel: MeanKernel
  let sums: PartialSums
  let output: Location
  let images: Int
  let positions: Int

  var kernelName: String { kernel.name }
  var isSerial: Bool { true }

  func run(_ memory: WorkerMemory) {
    for n in 0..<images {
      kernel.combine(
        parts: sums.part(0, of: n, memory, as: Float.self), stride: sums.count, count: sums.partCount,
        positions: positions, into: memory.writeFloats(output) + n * kernel.partCount)
    }
  }
}

/// The mean of each channel from exact sums.
struct QuantizedMeanStep: Step {
  let kernel: QuantizedMeanKernel
  let sums: PartialSums
  /// A pixel for each image, of floats, or of bytes with this quantization.
  let output: Location
  let outputBytes: Int
  let form: QuantizationParameters?
  let images: Int
  let positions: Int
  /// The real number that a sum of 1 stands for, and the number that stands for 0 in each summand.
  let scale: Float
  let zero: UInt8

  var kernelName: String { kernel.name }
  var isSerial: Bool { true }
  var scratchBytes: Int { kernel.partCount * MemoryLayout<Float>.size }

  func run(_ memory: WorkerMemory) {
    let mean = memory.ownFloats
    for n in 0..<images {
      let target = memory.write(output) + n * outputBytes
      kernel.combine(
        parts: sums.part(0, of: n, memory, as: Int64.self), stride: sums.count, count: sums.partCount,
        positions: positions, scale: scale, zero: zero,
        into: form == nil ? target.assumingMemoryBound(to: Float.self) : mean)
      if let form { kernel.quantize(mean, form, into: target.assumingMemoryBound(to: UInt8.self)) }
    }
  }
}

/// The mean of real numbers over all positions, summed in order in double precision: bit for bit the same on every
/// instruction set and with any number of threads.
///
/// Plans in integers average a network's results over positions in this way; other means in them are exact anyway.
struct ExactMeanStep: Step {
  let input: Location
  let output: Location
  /// The number of means, and of numbers in each.
  let count: Int
  let positions: Int

  var kernelName: String { "exact_mean" }
  func tileCount(workers: Int) -> Int? { count }

  func run(_ memory: WorkerMemory) {
    let (source, target) = (memory.floats(input), memory.writeFloats(output))
    for mean in memory.share(of: count) {
      var sum = 0.0
      for position in mean * positions..<(mean + 1) * positions { sum += Double(source[position]) }
      target[mean] = Float(sum / Double(positions))
    }
  }
}
