/// A step that computes each pixel by itself, so that it can compute some pixels as soon as they are available.
package protocol PixelStep: PixelProducer {
  /// Prepares this worker's own memory, before its first pixels.
  func begin(_ memory: WorkerMemory)
  /// Computes a range of the pixels of all images.
  func run(_ memory: WorkerMemory, pixels: Range<Int>)
}

/// A step that produces pixels, some at a time.
package protocol PixelProducer: Step {
  /// The number of pixels that it produces; nil if it cannot report which ones are done.
  var pixelCount: Int? { get }
  /// Computes this worker's share, and calls `done` with ranges of finished pixels that fit the second-level cache.
  func run(_ memory: WorkerMemory, done: (Range<Int>) -> Void)
}

extension PixelStep {
  package func begin(_ memory: WorkerMemory) {}

  package func run(_ memory: WorkerMemory) {
    begin(memory)
    run(memory, pixels: share(memory))
  }

  package func run(_ memory: WorkerMemory, done: (Range<Int>) -> Void) {
    begin(memory)
    let share = share(memory)
    for first in stride(from: share.lowerBound, to: share.upperBound, by: Self.piece) {
      let pixels = first..<min(first + Self.piece, share.upperBound)
      run(memory, pixels: pixels)
      done(pixels)
    }
  }

  /// The number of pixels in a piece: a multiple of the blocks of a matrix product, and about one of a sum over pixels.
  private static var piece: Int { 252 }

  private func share(_ memory: WorkerMemory) -> Range<Int> {
    memory.share(of: pixelCount ?? 0, blocks: 12)
  }
}

/// Consecutive steps that run pixel by pixel: the results of one are still in the cache when the next one takes them.
struct PixelChain: Step {
  let first: any PixelProducer
  let others: [any PixelStep]

  var kernelName: String { ([first.kernelName] + others.map(\.kernelName)).joined(separator: "+") }
  var scratchBytes: Int { others.map(\.scratchBytes).reduce(first.scratchBytes, max) }

  func run(_ memory: WorkerMemory) {
    for step in others { step.begin(memory) }
    first.run(memory) { pixels in
      for step in others { step.run(memory, pixels: pixels) }
    }
  }
}
