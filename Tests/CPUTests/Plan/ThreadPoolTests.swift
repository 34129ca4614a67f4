import CKernels
import Foundation
import TestSupport
import Testing

@testable import CPU

@Suite struct ThreadPoolTests {
  @Test(arguments: [1, 2, 3, 5], [[1], [7], [1, 1, 1], [3, 1, 1, 64, 2, 1], [2, 300]])
  func everyTileIsComputedOnceInEachRun(workers: Int, tileCounts: [Int]) throws {
    let pool = try ThreadPool(workerCount: workers)
    let counters = Counters(tileCounts.reduce(0, +))
    let starts = tileCounts.indices.map { tileCounts[..<$0].reduce(0, +) }
    for _ in 0..<100 {
      pool.run(tileCounts) { portion in
        for tile in portion.tiles { counters.add(starts[portion.stage] + tile) }
      }
    }
    #expect(counters.values.allSatisfy { $0 == 100 })
  }

  @Test(arguments: [2, 3, 4])
  func aStageBeginsWhenTheOneBeforeIsDone(workers: Int) throws {
    let pool = try ThreadPool(workerCount: workers)
    let tileCounts = [5, 1, 16, 1, 1, 2, 40]
    let (done, mistakes) = (Counters(tileCounts.count), Counters(1))
    pool.run(tileCounts) { portion in
      for stage in 0..<portion.stage where done.values[stage] != tileCounts[stage] { mistakes.add(0) }
      for _ in portion.tiles { done.add(portion.stage) }
    }
    #expect(mistakes.values == [0])
  }

  @Test func othersComputeTheTilesOfAWorkerThatIsHeldUp() throws {
    let pool = try ThreadPool(workerCount: 2)
    let done = Counters(2)
    // What the caller takes first ends after all that it leaves.
    pool.run([16]) { portion in
      done.add(portion.worker, portion.tiles.count)
      if portion.worker == 0 {
        while done.values.reduce(0, +) < 16 { sched_yield() }
      }
    }
    #expect(done.values[1] >= 12, "a portion is at most half of a share of eight tiles")
  }

  @Test func sharesFollowWhatWorkersDo() throws {
    let pool = try ThreadPool(workerCount: 2)
    let first = Counters(2)
    for run in 0..<60 {
      let done = Counters(1)
      pool.run([100]) { portion in
        // Worker 1 computes one portion, and holds it until all else is done.
        if run == 59, !portion.isContinued { first.add(portion.worker, portion.tiles.count) }
        done.add(0, portion.tiles.count)
        if portion.worker == 1 {
          while done.values[0] < 100 { sched_yield() }
        }
      }
    }
    // Its share is a few tiles then, of which it takes half at first.
    #expect(first.values[1] < 20)
  }

  @Test func aPortionContinuesTheOneBeforeIt() throws {
    let pool = try ThreadPool(workerCount: 1)
    pool.run([4, 4]) { portion in #expect(portion.tiles == 0..<4 && !portion.isContinued) }
    let several = try ThreadPool(workerCount: 3)
    let ends = Counters(3)
    let mistakes = Counters(1)
    several.run([200]) { portion in
      if portion.isContinued, ends.values[portion.worker] != portion.tiles.lowerBound { mistakes.add(0) }
      ends.set(portion.worker, portion.tiles.upperBound)
    }
    #expect(mistakes.values == [0])
  }

  @Test func threadsParkAndWakeUp() throws {
    let pool = try ThreadPool(workerCount: 3)
    for _ in 0..<3 {
      #expect(Self.waits { pool.parkedCount == 2 })
      // None ends before all have begun.
      let begun = Counters(1)
      pool.run([3]) { _ in
        begun.add(0)
        while begun.values[0] < 3 { sched_yield() }
      }
    }
  }

  @Test func aThreadThatIsWokenTooEarlyIsWokenAgain() throws {
    let place = ParkingPlace()
    defer { place.deallocate() }
    let isReady = Counters(1)
    let thread = try #require(WorkerThread { place.park { isReady.values == [0] } })
    for _ in 0..<3 {
      #expect(Self.waits { place.isTaken })
      place.wake()
    }
    #expect(Self.waits { place.isTaken })
    isReady.add(0)
    place.wake()
    thread.join()
    #expect(!place.isTaken)
  }

  @Test func theCallerParksWhileAThreadWorks() throws {
    let pool = try ThreadPool(workerCount: 2)
    let (begun, parked) = (Counters(1), Counters(1))
    pool.run([2]) { portion in
      begun.add(0)
      while begun.values[0] < 2 { sched_yield() }
      // Only the caller can be parked, as this is the thread.
      if portion.worker == 1, Self.waits(until: { pool.parkedCount == 1 }) { parked.add(0) }
    }
    #expect(parked.values == [1])
  }

  @Test func threadsBeyondTheLimitSleep() throws {
    let limit = ThreadLimit(threads: 1)
    let pool = try ThreadPool(workerCount: 3, limit: limit)
    let counts = Counters(3)
    for _ in 0..<10 { pool.run([8, 8]) { counts.add($0.worker, $0.tiles.count) } }
    #expect(counts.values == [160, 0, 0])
    #expect(Self.waits { pool.parkedCount == 2 })
    // From the next stage on.
    let begun = Counters(1)
    pool.run([2, 3]) { portion in
      limit.threads = 3
      guard portion.stage == 1 else { return }
      begun.add(0)
      while begun.values[0] < 3 { sched_yield() }
    }
    #expect(begun.values == [3])
    limit.threads = -1
    #expect(limit.threads == 1)
  }

  @Test func manyPoolsRunAtTheSameTime() async throws {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<6 {
        group.addTask {
          let pool = try ThreadPool(workerCount: 3)
          let done = Counters(1)
          for _ in 0..<50 { pool.run([9, 1, 30]) { done.add(0, $0.tiles.count) } }
          return done.values[0]
        }
      }
      for try await count in group { #expect(count == 50 * 40) }
    }
  }

  @Test(arguments: [1, 2, 5]) func threadsEndIfTheSystemRefusesAnotherOne(started: Int) {
    let (running, ended) = (Counters(1), Counters(1))
    let error = thrown(RuntimeError.self) {
      _ = try ThreadPool(
        workerCount: 6,
        startingBy: { body in
          guard running.values[0] < started - 1 else { return nil }
          running.add(0)
          return WorkerThread {
            body()
            ended.add(0)
          }
        })
    }
    #expect(error == .outOfThreads(requested: 6, started: started))
    #expect(ended.values == [started - 1])
  }

  #if os(Linux)
    @Test func itsThreadsEndWithIt() throws {
      let before = try Self.threadCount()
      for _ in 0..<200 { try ThreadPool(workerCount: 4).run([4]) { _ in } }
      // Other tests have threads too, but not as many as would have been left.
      #expect(try Self.threadCount() - before < 300)
    }

    static func threadCount() throws -> Int {
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
    }
  #endif

  /// Waits for a condition; returns false if that takes implausibly long.
  private static func waits(until condition: () -> Bool) -> Bool {
    for _ in 0..<5000 {
      if condition() { return true }
      Thread.sleep(forTimeInterval: 0.001)
    }
    return false
  }
}

extension ThreadPool {
  fileprivate func run(_ tileCounts: [Int], _ job: @escaping Job) {
    tileCounts.withUnsafeBufferPointer { run($0, job) }
  }
}

/// Numbers that threads change at the same time.
private final class Counters: @unchecked Sendable {
  private let counters: UnsafeMutableBufferPointer<va_atomic>

  init(_ count: Int) {
    counters = .allocate(capacity: count)
    counters.initialize(repeating: va_atomic())
  }

  deinit { counters.deallocate() }

  var values: [Int] { counters.indices.map { Int(va_atomic_load(&counters[$0])) } }

  func add(_ index: Int, _ value: Int = 1) { _ = va_atomic_add(&counters[index], Int64(value)) }
  func set(_ index: Int, _ value: Int) { va_atomic_store(&counters[index], Int64(value)) }
}
