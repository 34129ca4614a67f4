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

/// The sums of each channel over a worker's share of the pixels, in its own memory.
struct SumStep<Kernel: PixelSums, Layout: PixelLayout & Sendable>: Step {
  let kernel: Kernel
  let input: Location
  let layout: Layout

  var kernelName: String { kernel.name }
  var scratchBytes: Int { layout.images * kernel.partCount * MemoryLayout<Kernel.Sum>.size }

  func run(_ memory: WorkerMemory) {
    memory.own.initializeMemory(as: UInt8.self, repeating: 0, count: scratchBytes)
    let run = share(of: layout.pixels, worker: memory.worker, of: memory.workers)
    for n in 0..<layout.images {
      kernel.add(
        pixels: memory.read(input) + (n * layout.pixels + run.lowerBound) * layout.pixelBytes, count: run.count,
        to: memory.own.assumingMemoryBound(to: Kernel.Sum.self) + n * kernel.partCount)
    }
  }
}

/// The mean of each channel from the sums that the workers have in their own memory.
struct MeanStep: Step {
  let kernel: MeanKernel
  let output: Location
  let images: Int
  let positions: Int

  var kernelName: String { kernel.name }
  var isSerial: Bool { true }

  func run(_ memory: WorkerMemory) {
    for n in 0..<images {
      kernel.combine(
        parts: memory.own(of: 0).assumingMemoryBound(to: Float.self) + n * kernel.partCount,
        stride: memory.ownStride / MemoryLayout<Float>.size,
        count: memory.workers, positions: positions, into: memory.writeFloats(output) + n * kernel.partCount)
    }
  }
}

/// The mean of each channel from the exact sums that the workers have in their own memory.
struct QuantizedMeanStep: Step {
  let kernel: QuantizedMeanKernel
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
  var scratchBytes: Int { images * kernel.partCount * MemoryLayout<Int64>.size + meanBytes }

  private var meanBytes: Int { kernel.partCount * MemoryLayout<Float>.size }

  func run(_ memory: WorkerMemory) {
    let parts = memory.own(of: 0).assumingMemoryBound(to: Int64.self)
    let mean = (memory.own + (scratchBytes - meanBytes)).assumingMemoryBound(to: Float.self)
    for n in 0..<images {
      let target = memory.write(output) + n * outputBytes
      kernel.combine(
        parts: parts + n * kernel.partCount, stride: memory.ownStride / MemoryLayout<Int64>.size,
        count: memory.workers, positions: positions, scale: scale, zero: zero,
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

  func run(_ memory: WorkerMemory) {
    let (source, target) = (memory.floats(input), memory.writeFloats(output))
    for mean in share(of: count, worker: memory.worker, of: memory.workers) {
      var sum = 0.0
      for position in mean * positions..<(mean + 1) * positions { sum += Double(source[position]) }
      target[mean] = Float(sum / Double(positions))
    }
  }
}
