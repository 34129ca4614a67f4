/// A step that needs no type of its own: the work of a worker, and its name in a profile.
package struct WorkStep: Step {
  package let kernelName: String
  /// Whether a single worker does it.
  package let isSerial: Bool
  package let isMovable: Bool
  package let scratchBytes: Int
  private let work: @Sendable (WorkerMemory) -> Void

  /// Creates a step.
  ///
  /// - Parameters:
  ///   - kernelName: The name of the kernel.
  ///   - isSerial: Whether a single worker does it.
  ///   - isMovable: Whether it may be moved among other steps; see ``Step/isMovable``.
  ///   - scratchBytes: The size in bytes of the own memory that a worker needs.
  ///   - work: Computes a worker's share.
  package init(
    _ kernelName: String, isSerial: Bool = false, isMovable: Bool = false, scratchBytes: Int = 0,
    _ work: @escaping @Sendable (WorkerMemory) -> Void
  ) {
    self.kernelName = kernelName
    self.isSerial = isSerial
    self.isMovable = isMovable
    self.scratchBytes = scratchBytes
    self.work = work
  }

  package func run(_ memory: WorkerMemory) { work(memory) }
}

extension WorkerMemory {
  /// Returns this worker's share of a number of units.
  package func share(of count: Int) -> Range<Int> { CPU.share(of: count, worker: worker, of: workers) }
}
