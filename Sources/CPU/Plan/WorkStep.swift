/// A step that needs no type of its own: its work, and its name in a profile.
package struct WorkStep: Step {
  package let kernelName: String
  /// Whether a single worker does it.
  package let isSerial: Bool
  package let isMovable: Bool
  package let scratchBytes: Int
  private let tiles: Int?
  private let work: @Sendable (WorkerMemory) -> Void

  /// Creates a step.
  ///
  /// - Parameters:
  ///   - kernelName: The name of the kernel.
  ///   - isSerial: Whether a single worker does it.
  ///   - isMovable: Whether it may be moved among other steps; see ``Step/isMovable``.
  ///   - scratchBytes: The size in bytes of the own memory that a worker needs.
  ///   - tiles: The number of tiles that the work is divided into at most; nil for one for each worker.
  ///   - work: Computes some of the tiles.
  package init(
    _ kernelName: String, isSerial: Bool = false, isMovable: Bool = false, scratchBytes: Int = 0, tiles: Int? = nil,
    _ work: @escaping @Sendable (WorkerMemory) -> Void
  ) {
    self.kernelName = kernelName
    self.isSerial = isSerial
    self.isMovable = isMovable
    self.scratchBytes = scratchBytes
    self.tiles = tiles
    self.work = work
  }

  package func tileCount(workers: Int) -> Int? { tiles }
  package func run(_ memory: WorkerMemory) { work(memory) }
}
