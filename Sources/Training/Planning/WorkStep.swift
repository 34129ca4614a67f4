import Runtime

/// A step of training: what a worker does, and what a profile calls it.
struct WorkStep: Step {
  let kernelName: String
  /// Whether one worker alone does it.
  let isSerial: Bool
  let scratchBytes: Int
  private let work: @Sendable (WorkerMemory) -> Void

  init(
    _ kernelName: String, isSerial: Bool = false, scratchBytes: Int = 0,
    _ work: @escaping @Sendable (WorkerMemory) -> Void
  ) {
    self.kernelName = kernelName
    self.isSerial = isSerial
    self.scratchBytes = scratchBytes
    self.work = work
  }

  func run(_ memory: WorkerMemory) { work(memory) }
}

extension WorkerMemory {
  /// The parts of sums that the step before left in the workers' own memory: the first, and the distance to the next.
  func parts<Number>(of type: Number.Type) -> (first: UnsafeMutablePointer<Number>, stride: Int) {
    (own(of: 0).assumingMemoryBound(to: Number.self), ownStride / MemoryLayout<Number>.stride)
  }

  /// This worker's share of some units.
  func share(of count: Int) -> Range<Int> { Runtime.share(of: count, worker: worker, of: workers) }

  /// Calls `body` with each clip that this worker's share of all pixels has a part of, and that part.
  func forEachClip(of layout: ChannelsLast, _ body: (Int, Range<Int>) -> Void) {
    let run = share(of: layout.allPixels)
    var first = run.lowerBound
    while first < run.upperBound {
      let clip = first / layout.pixels
      let end = min(run.upperBound, (clip + 1) * layout.pixels)
      body(clip, first..<end)
      first = end
    }
  }
}

extension ChannelsLast {
  /// Pixels of all images, which lie side by side.
  var allPixels: Int { images * pixels }
  /// `[T, H, W]`.
  var size: [Int] { [frames, height, width] }
  /// Floats of an image.
  var imageFloats: Int { pixels * paddedChannels }
}
