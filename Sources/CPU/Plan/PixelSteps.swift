/// A step that treats each pixel by itself, those of all images side by side: it may do some pixels as soon as they are there.
package protocol PixelStep: PixelProducer {
  /// Makes this worker's own memory ready, before its first pixels.
  func begin(_ memory: WorkerMemory)
  /// Does a range of the pixels.
  func run(_ memory: WorkerMemory, pixels: Range<Int>)
}

/// A step that makes pixels, some at a time.
package protocol PixelProducer: Step {
  /// How many pixels it makes; nil if it can't say which ones are done.
  var pixelCount: Int? { get }
  /// Does this worker's share, and calls `done` with pixels that are made, in pieces that fit the second-level cache.
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

  /// Pixels of a piece: whole blocks of a matrix product, and about whole ones of a sum over pixels.
  private static var piece: Int { 252 }

  private func share(_ memory: WorkerMemory) -> Range<Int> {
    CPU.share(of: pixelCount ?? 0, blocks: 12, worker: memory.worker, of: memory.workers)
  }
}

/// Steps that follow each other pixel by pixel: what one makes is still in the near caches when the next one takes it.
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
