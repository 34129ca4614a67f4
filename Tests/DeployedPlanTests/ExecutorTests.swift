import Passes
import Foundation
import TestSupport
import Tensors
import Testing

@testable import CPU

/// Sessions that are lent.
@Suite struct ExecutorTests {
  private struct Stop: Error {}

  /// How many threads run, and have at most.
  private struct Running {
    var threads = 0, most = 0, calls = 0
  }

  @Test(arguments: [(1, [1]), (2, [1]), (2, [1, 2]), (3, [1, 2, 3]), (2, [4, 1])])
  func neverRunsMoreThreadsThanItHasAndServesAllCallers(size: Int, threads: [Int]) throws {
    let model = try DeployedX3D(batch: 1)
    let inputs = (0..<3).map { model.clips(seed: UInt64($0)) }
    let expected = try threads.map { count in try inputs.map { try model.result($0, threads: count) } }
    let executor = try Executor(threads: size)
    let running = Guarded(Running())
    DispatchQueue.concurrentPerform(iterations: 8) { caller in
      for round in 0..<6 {
        let (way, input) = ((caller + round) % threads.count, round % inputs.count)
        do {
          let result = try executor.withSession(of: model.plan, threads: threads[way]) { session in
            running.withLock {
              $0.threads += session.threads
              $0.most = max($0.most, $0.threads)
            }
            defer { running.withLock { $0.threads -= session.threads } }
            return try session.run(inputs[input])[0]
          }
          #expect(result == expected[way][input])
          running.withLock { $0.calls += 1 }
        } catch {
          Issue.record(error)
        }
      }
    }
    let outcome = running.withLock { $0 }
    #expect(outcome.calls == 48)
    // A session of more threads than the executor has runs alone.
    #expect(outcome.most <= max(size, threads.max() ?? 0))
  }

  @Test func callersAreServedInTheirOrder() throws {
    let model = try DeployedX3D(batch: 1)
    let executor = try Executor(threads: 2)
    let order = Guarded<[Int]>([])
    let isHeld = DispatchSemaphore(value: 0), mayEnd = DispatchSemaphore(value: 0)
    let group = DispatchGroup()
    func call(_ number: Int, threads: Int, _ body: @escaping @Sendable () -> Void = {}) {
      group.enter()
      Thread.detachNewThread {
        try? executor.withSession(of: model.plan, threads: threads) { _ in
          order.withLock { $0.append(number) }
          body()
        }
        group.leave()
      }
    }
    call(0, threads: 1) {
      isHeld.signal()
      mayEnd.wait()
    }
    isHeld.wait()
    // One thread is free. Who wants two waits for it, and nobody who comes later goes before.
    for number in 1...3 {
      call(number, threads: number == 1 ? 2 : 1)
      while executor.waitingCallers < number { Thread.sleep(forTimeInterval: 0.001) }
    }
    #expect(order.withLock { $0 } == [0])
    mayEnd.signal()
    group.wait()
    #expect(order.withLock { $0.prefix(2) } == [0, 1])
    #expect(order.withLock { $0.sorted() } == [0, 1, 2, 3])
  }

  @Test func lendsTheSessionThatCameBackLast() throws {
    let (model, other) = try (DeployedX3D(batch: 1), DeployedX3D(batch: 2))
    let executor = try Executor(threads: 2)
    func identity(_ model: DeployedX3D, threads: Int = 1) throws -> ObjectIdentifier {
      try executor.withSession(of: model.plan, threads: threads) { ObjectIdentifier($0) }
    }
    let first = try identity(model)
    #expect(try identity(model) == first)
    #expect(try identity(other) != first)
    #expect(try identity(model, threads: 2) != first)
    #expect(executor.idleSessions.count == 3)
    #expect(try identity(model) == first)
  }

  @Test func aSessionComesBackAfterAnError() throws {
    let model = try DeployedX3D(batch: 1)
    let executor = try Executor(threads: 1)
    for _ in 0..<3 {
      #expect(throws: Stop.self) { try executor.withSession(of: model.plan) { _ in throw Stop() } }
      #expect(throws: RuntimeError.inputCount(expected: 1, found: 0)) {
        try executor.withSession(of: model.plan) { try $0.run([]) }
      }
      #expect(executor.idleSessions.count == 1)
    }
    #expect(try executor.withSession(of: model.plan) { try $0.run(model.clips())[0] } == model.result(model.clips()))
  }

  @Test(arguments: [0, -1, 257]) func refusesThreadCountsThatMakeNoSense(count: Int) throws {
    let model = try DeployedX3D(batch: 1)
    #expect(thrown(RuntimeError.self) { try Executor(threads: count) } == .threadCount(count))
    #expect(
      thrown(RuntimeError.self) { try Executor.shared.withSession(of: model.plan, threads: count) { _ in } }
        == .threadCount(count))
  }

  @Test func keepsNoMoreMemoryThanItMay() throws {
    let models = try (1...4).map { try DeployedX3D(batch: $0) }
    let sizes = try models.map { try Session($0.plan).arenaBytes }
    let limit = sizes[2] + sizes[3]
    let executor = try Executor(threads: 4, idleBytes: limit)
    for model in models {
      try executor.withSession(of: model.plan) { _ in }
      #expect(executor.idleSessions.bytes <= limit)
    }
    // The two that were idle for longest had to go.
    #expect(executor.idleSessions.bytes == limit)
    try executor.withSession(of: models[3].plan) { session in
      #expect(executor.idleSessions.bytes == sizes[2])
      _ = session
    }
    executor.dropIdleSessions()
    #expect(executor.idleSessions == (0, 0))
    // Sessions would have gone with their plans.
    withExtendedLifetime(models) {}
  }

  @Test func whatDoesNotFitIsNotKeptAndLeavesTheOthers() throws {
    let (small, large) = try (DeployedX3D(batch: 1), DeployedX3D(batch: 4))
    let executor = try Executor(threads: 1, idleBytes: Session(small.plan).arenaBytes)
    try executor.withSession(of: small.plan) { _ in }
    try executor.withSession(of: large.plan) { _ in }
    #expect(executor.idleSessions.count == 1)
    // Five threads are more than a small executor keeps parked.
    let few = try Executor(threads: 1)
    try few.withSession(of: small.plan, threads: 5) { _ in }
    #expect(few.idleSessions.count == 0)
  }

  @Test func idleSessionsGoWithTheirPlan() throws {
    let executor = try Executor(threads: 2)
    let kept = try DeployedX3D(batch: 1)
    weak var plan: Plan?
    try executor.withSession(of: kept.plan) { _ in }
    do {
      let model = try DeployedX3D(batch: 1)
      plan = model.plan
      let result = try executor.withSession(of: model.plan, threads: 2) { try $0.run(model.clips())[0] }
      #expect(result.shape[0] == 1)
      #expect(executor.idleSessions.count == 2)
    }
    #expect(plan == nil)
    #expect(executor.idleSessions.count == 1)
  }

  @Test func threadsOfIdleSessionsAreParked() throws {
    let model = try DeployedX3D(batch: 1)
    let executor = try Executor(threads: 4)
    let session = try executor.withSession(of: model.plan, threads: 4) { session in
      _ = try session.run(model.clips())
      return session
    }
    let clock = ContinuousClock()
    let start = clock.now
    while session.pool.parkedCount < 3, clock.now - start < .seconds(5) { Thread.sleep(forTimeInterval: 0.001) }
    #expect(session.pool.parkedCount == 3)
    // And wake up again.
    let result = try executor.withSession(of: model.plan, threads: 4) { try $0.run(model.clips())[0] }
    #expect(try result == model.result(model.clips(), threads: 4))
  }

  @Test func plansAndExecutorsComeAndGoAtTheSameTime() throws {
    let plans = try (0..<4).map { _ in try DeployedX3D(batch: 1) }
    let clips = plans[0].clips()
    let expected = try plans[0].result(clips)
    for _ in 0..<10 {
      let executor = try Executor(threads: 2)
      DispatchQueue.concurrentPerform(iterations: 6) { caller in
        do {
          if caller % 2 == 0 { executor.dropIdleSessions() }
          let model = caller < 4 ? plans[caller] : try DeployedX3D(batch: 1)
          #expect(try executor.withSession(of: model.plan) { try $0.run(clips)[0] } == expected)
        } catch {
          Issue.record(error)
        }
      }
    }
  }

  @Test func statesOfOneCallerAreNotSeenByTheNext() throws {
    let plan = try Plan(StepNetwork.runningSum(), weights: [:], inputShapes: [[1, 3]])
    let executor = try Executor(threads: 1)
    let ones = Tensor([1, 1, 1] as [Float], shape: [1, 3])
    for _ in 0..<2 {
      let sums = try executor.withSession(of: plan) { session in
        try (0..<2).map { _ in try session.run(ones)[0].elements(as: Float.self)[0] }
      }
      #expect(sums == [1, 2])
    }
    #expect(executor.idleSessions.count == 1)
  }
}
