import CPU

/// A step of training that processes each pixel by itself, with sums of each worker's pixels.
struct PixelWork: PixelStep {
  let kernelName: String
  let pixelCount: Int?
  let scratchBytes: Int
  /// The location of the sums, and their size in bytes.
  private let sums: (place: Location, byteCount: Int)?
  private let work: @Sendable (WorkerMemory, Range<Int>) -> Void

  init(
    _ kernelName: String, pixels: Int, scratchBytes: Int = 0, sums: (place: Location, byteCount: Int)? = nil,
    _ work: @escaping @Sendable (WorkerMemory, Range<Int>) -> Void
  ) {
    self.kernelName = kernelName
    pixelCount = pixels
    self.scratchBytes = scratchBytes
    self.sums = sums
    self.work = work
  }

  func begin(_ memory: WorkerMemory) {
    guard let sums else { return }
    memory.write(sums.place).initializeMemory(as: UInt8.self, repeating: 0, count: sums.byteCount)
  }

  func run(_ memory: WorkerMemory, pixels: Range<Int>) { work(memory, pixels) }
}

/// A step of training that computes some rows of an image at a time.
struct RowWork: PixelProducer {
  let kernelName: String
  let scratchBytes: Int
  private let layout: ChannelsLast
  private let work: @Sendable (WorkerMemory, Int, Range<Int>) -> Void

  init(
    _ kernelName: String, _ layout: ChannelsLast, scratchBytes: Int,
    _ work: @escaping @Sendable (WorkerMemory, Int, Range<Int>) -> Void
  ) {
    self.kernelName = kernelName
    self.layout = layout
    self.scratchBytes = scratchBytes
    self.work = work
  }

  var pixelCount: Int? { layout.allPixels }

  func run(_ memory: WorkerMemory) {
    for n in 0..<layout.images { work(memory, n, memory.share(of: layout.height)) }
  }

  func run(_ memory: WorkerMemory, done: (Range<Int>) -> Void) {
    layout.forEachPiece(memory) { n, rows in
      work(memory, n, rows)
      done(layout.pixels(of: rows, in: n))
    }
  }
}

extension WorkerMemory {
  /// Returns the parts of sums that all workers have in their own memory: the first, and the distance to the next.
  func parts<Number>(at place: Location, of type: Number.Type) -> (first: UnsafeMutablePointer<Number>, stride: Int) {
    (parts(at: place).assumingMemoryBound(to: Number.self), ownStride / MemoryLayout<Number>.stride)
  }
}

extension ChannelsLast {
  /// The number of pixels of all images, which are adjacent.
  var allPixels: Int { images * pixels }
  /// `[T, H, W]`.
  var size: [Int] { [frames, height, width] }
  /// The number of floats in an image.
  var imageFloats: Int { pixels * paddedChannels }

  /// Calls `body` with each image that a range of all pixels overlaps, and the pixels of that image.
  func forEachImage(in run: Range<Int>, _ body: (Int, Range<Int>) -> Void) {
    var first = run.lowerBound
    while first < run.upperBound {
      let image = first / pixels
      let end = min(run.upperBound, (image + 1) * pixels)
      body(image, first..<end)
      first = end
    }
  }
}
