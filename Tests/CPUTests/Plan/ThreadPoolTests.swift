import Foundation
import Testing

@testable import CPU

@Suite struct ThreadPoolTests {
  @Test(arguments: [1, 2, 4])
  func everyWorkerDoesEachJobOnce(workers: Int) {
    let pool = ThreadPool(workerCount: workers)
    var counts = [Int](repeating: 0, count: workers)
    counts.withUnsafeMutableBufferPointer { counts in
      nonisolated(unsafe) let counts = counts
      for _ in 0..<100 { pool.run { counts[$0] += 1 } }
    }
    #expect(counts.allSatisfy { $0 == 100 })
  }

  @Test func workersThatHaveParkedWakeUp() {
    let pool = ThreadPool(workerCount: 3)
    var counts = [Int](repeating: 0, count: 3)
    counts.withUnsafeMutableBufferPointer { counts in
      nonisolated(unsafe) let counts = counts
      for _ in 0..<3 {
        // Much longer than they spin.
        Thread.sleep(forTimeInterval: 0.02)
        pool.run { counts[$0] += 1 }
      }
    }
    #expect(counts == [3, 3, 3])
  }

  @Test(arguments: [2, 3, 4])
  func whatIsWrittenBeforeABarrierIsReadAfterIt(workers: Int) {
    let pool = ThreadPool(workerCount: workers)
    let rounds = 200
    var written = [Int](repeating: 0, count: workers)
    var mistakes = [Int](repeating: 0, count: workers)
    written.withUnsafeMutableBufferPointer { written in
      mistakes.withUnsafeMutableBufferPointer { mistakes in
        nonisolated(unsafe) let (written, mistakes) = (written, mistakes)
        pool.run { worker in
          for round in 1...rounds {
            written[worker] = round
            pool.barrier()
            if written.contains(where: { $0 != round }) { mistakes[worker] += 1 }
            pool.barrier()
          }
        }
      }
    }
    #expect(mistakes.allSatisfy { $0 == 0 })
  }

  #if os(Linux)
    @Test func itsThreadsEndWithIt() throws {
      let before = try Self.threadCount()
      for _ in 0..<200 { ThreadPool(workerCount: 4).run { _ in } }
      // Other tests have threads too, but not as many as would have been left.
      #expect(try Self.threadCount() - before < 300)
    }

    static func threadCount() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
    }
  #endif
}
