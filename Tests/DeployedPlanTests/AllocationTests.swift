// Swift 6.0's optimizer leaves some of a run's values on the heap that later ones keep on the stack; what is promised is
// for those.
#if compiler(>=6.1)
  import AllocationCounter
  import Foundation
  import IR
  import TestSupport
  import Tensors
  import Testing

  @testable import CPU

  /// A session works in the memory that it took at its start.
  @Suite(.enabled(if: allocation_counter_works())) struct AllocationTests {
    static let allocators: [(name: String, allocate: @Sendable () -> UnsafeMutableRawPointer?)] = [
      ("malloc", { malloc(10) }),
      ("calloc", { calloc(10, 10) }),
      ("realloc", { realloc(nil, 10) }),
      ("aligned_alloc", { aligned_alloc(64, 64) }),
      (
        "posix_memalign",
        {
          var block: UnsafeMutableRawPointer?
          return posix_memalign(&block, 64, 64) == 0 ? block : nil
        }
      ),
      ("Swift", { UnsafeMutableRawPointer(UnsafeMutablePointer<Int>.allocate(capacity: 10)) }),
    ]

    @Test(arguments: allocators.indices)
    func everyKindOfAllocationIsCounted(_ index: Int) {
      let (name, allocate) = Self.allocators[index]
      let before = allocation_count()
      let block = allocate()
      let count = allocation_count() - before
      #expect(block != nil && count == 1, "\(name)")
      free(block)
    }

    @Test(arguments: [(1, 1), (1, 3), (2, 1), (2, 3)], Precision.allCases)
    func nothingIsAllocatedAfterTheFirstRun(sizes: (threads: Int, batch: Int), precision: Precision) throws {
      let threads = sizes.threads
      let model = try DeployedX3D(batch: sizes.batch, precision: precision)
      try Self.expectNoAllocations(Session(model.plan, threads: threads, limit: ThreadLimit()), on: model.clips())
    }

    @Test(arguments: [1, 3]) func nothingIsAllocatedForStates(threads: Int) throws {
      let frame = StepNetwork.input([2, 2, 1, 9, 8], 0)
      let plan = try Plan(StepNetwork.delay(), weights: [:], inputShapes: [frame.shape])
      try Self.expectNoAllocations(Session(plan, threads: threads, limit: ThreadLimit()), on: frame)
    }

    @Test(arguments: [1, 3], Precision.allCases)
    func nothingIsAllocatedInAStep(threads: Int, precision: Precision) throws {
      let model = try DeployedX3D(batch: 1, precision: precision, takesFrames: true)
      try Self.expectNoAllocations(Session(model.plan, threads: threads, limit: ThreadLimit()), on: model.clips())
    }

    /// Runs a model some times.
    private static func expectNoAllocations(_ session: Session, on clip: Tensor) throws {
      let (threads, clips) = (session.threads, [clip])
      // By thread. What the test itself allocates, it allocates before it counts.
      let counts = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * threads)
      defer { counts.deallocate() }
      // None ends before all have begun, so that each thread takes one tile.
      let begun = Guarded(0)
      let meet: () -> Void = {
        let all = begun.withLock { begun in
          defer { begun += 1 }
          return (begun / threads + 1) * threads
        }
        begun.wait(until: { $0 >= all }) { _ in }
      }
      let start: ThreadPool.Job = { portion in
        meet()
        counts[portion.worker] = allocation_count()
      }
      let stop: ThreadPool.Job = { portion in
        meet()
        counts[threads + portion.worker] = allocation_count() - counts[portion.worker]
      }
      let tileCounts = UnsafeMutableBufferPointer<Int>.allocate(capacity: 1)
      defer { tileCounts.deallocate() }
      tileCounts.initialize(repeating: threads)
      for input in [Input.several(clips), .one(clips[0])] {
        try input.run(session)
        session.pool.run(UnsafeBufferPointer(tileCounts), start)
        for _ in 0..<3 { try input.run(session) }
        session.pool.run(UnsafeBufferPointer(tileCounts), stop)
        for thread in 0..<threads { #expect(counts[threads + thread] == 0, "\(input), thread \(thread)") }
      }
    }

    /// Both ways to run a model of one input.
    enum Input {
      case several([Tensor])
      case one(Tensor)

      func run(_ session: Session) throws {
        switch self {
        case .several(let clips): _ = try session.run(clips)
        case .one(let clip): _ = try session.run(clip)
        }
      }
    }
  }
#endif
