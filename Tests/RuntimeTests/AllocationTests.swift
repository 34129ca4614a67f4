import AllocationCounter
import Foundation
import TestSupport
import Tensors
import Testing

@testable import Runtime

/// A session works in the memory that it took at its start.
@Suite(.enabled(if: allocation_counter_works())) struct AllocationTests {
  @Test func theCounterCountsEveryKindOfAllocation() {
    let before = allocation_count()
    free(malloc(10))
    free(calloc(10, 10))
    free(realloc(nil, 10))
    var aligned: UnsafeMutableRawPointer?
    #expect(posix_memalign(&aligned, 64, 64) == 0)
    free(aligned)
    free(aligned_alloc(64, 64))
    let byC = allocation_count() - before
    _ = Tensor(zeros: [100])
    let bySwift = allocation_count() - before - byC
    #expect(byC >= 5)
    #expect(bySwift >= 1)
  }

  @Test(arguments: [1, 2], [1, 3])
  func nothingIsAllocatedAfterTheFirstRun(threads: Int, batch: Int) throws {
    let model = try DeployedModel(batch: batch)
    let session = try Session(model.plan, threads: threads)
    let clips = [model.clips()]
    for input in [Input.several(clips), .one(clips[0])] {
      try input.run(session)
      let before = Self.allocations(session)
      for _ in 0..<3 { try input.run(session) }
      #expect(Self.allocations(session) == before, "\(input)")
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

  /// How often each of a session's threads has allocated.
  static func allocations(_ session: Session) -> [UInt64] {
    let counts = UnsafeMutablePointer<UInt64>.allocate(capacity: session.threads)
    defer { counts.deallocate() }
    session.pool.run { counts[$0] = allocation_count() }
    return Array(UnsafeBufferPointer(start: counts, count: session.threads))
  }
}
